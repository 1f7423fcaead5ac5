import { request as httpRequest } from 'node:http'
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { person, relayIn, temporaryFolder, hasIpv6 } from './test-relay.ts'

const SCRIPT = `console.log(${JSON.stringify('hello '.repeat(1_000))})`

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** Not `fetch`: that would tidy the path, unpack the body and hide headers. */
function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, host: '127.0.0.1', path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          })
        })
      },
    )
    request.on('error', reject)
    request.end()
  })
}

async function folderWithPage(): Promise<string> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'page/assets'), { recursive: true })
  await writeFile(join(folder, 'secret.txt'), 'secret')
  await writeFile(join(folder, 'page/index.html'), '<!doctype html><title>P2P Chat</title>')
  await writeFile(join(folder, 'page/icon.png'), Buffer.alloc(2_000))
  await writeFile(join(folder, 'page/assets/shell-abc.js'), SCRIPT)
  await symlink(join(folder, 'secret.txt'), join(folder, 'page/link.txt'))
  return folder
}

async function portOfRelay(folder: string): Promise<number> {
  const { port } = await relayIn(folder)
  return port as number
}

describe('the page', () => {
  test('index.html is asked for again each time, hashed files never', async () => {
    const port = await portOfRelay(await folderWithPage())
    const index = await ask(port, '/')
    expect(index.status).toBe(200)
    expect(index.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(index.headers['cache-control']).toBe('no-cache')
    expect(index.headers['date']).toBeDefined()
    expect(index.body.toString()).toContain('<title>P2P Chat</title>')
    const script = await ask(port, '/assets/shell-abc.js?x=1')
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(script.body.toString()).toBe(SCRIPT)
    expect((await ask(port, '/icon.png')).headers['content-type']).toBe('image/png')
  })

  test('the service worker is asked for each time, may serve every address, and names what is there now', async () => {
    const folder = await folderWithPage()
    await writeFile(join(folder, 'page/sw.js'), 'old')
    await writeFile(join(folder, 'page/app.webmanifest'), '{}')
    const port = await portOfRelay(folder)
    const worker = await ask(port, '/sw.js')
    expect(worker.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(worker.headers['cache-control']).toBe('no-cache')
    expect(worker.headers['content-security-policy']).toContain(
      "worker-src 'self'; manifest-src 'self'",
    )
    const manifest = await ask(port, '/app.webmanifest')
    expect(manifest.headers['content-type']).toBe('application/manifest+json; charset=utf-8')
    // A page that is kept on a device asks for its worker, and for nothing else.
    await writeFile(join(folder, 'page/sw.js'), 'new')
    const later = new Date(Date.now() + 5_000)
    await utimes(join(folder, 'page/index.html'), later, later)
    expect((await ask(port, '/sw.js')).body.toString()).toBe('new')
  })

  test('text goes compressed to whoever takes it', async () => {
    const port = await portOfRelay(await folderWithPage())
    const path = '/assets/shell-abc.js'
    const brotli = await ask(port, path, { 'accept-encoding': 'gzip, deflate, br' })
    expect(brotli.headers['content-encoding']).toBe('br')
    expect(brotli.headers['vary']).toBe('accept-encoding')
    expect(brotliDecompressSync(brotli.body).toString()).toBe(SCRIPT)
    const gzip = await ask(port, path, { 'accept-encoding': 'gzip;q=1.0, br;q=0' })
    expect(gzip.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(gzip.body).toString()).toBe(SCRIPT)
    const image = await ask(port, '/icon.png', { 'accept-encoding': 'br' })
    expect(image.headers['content-encoding']).toBeUndefined()
  })

  test('what is known already is not sent again, and HEAD sends no body', async () => {
    const port = await portOfRelay(await folderWithPage())
    const first = await ask(port, '/')
    const etag = String(first.headers['etag'])
    const again = await ask(port, '/', { 'if-none-match': etag })
    expect([again.status, again.body.length, again.headers['etag']]).toEqual([304, 0, etag])
    expect((await ask(port, '/', { 'if-none-match': 'W/"other"' })).status).toBe(200)
    const head = await ask(port, '/', {}, 'HEAD')
    expect([head.status, head.body.length]).toEqual([200, 0])
    expect(head.headers['content-length']).toBe(first.headers['content-length'])
  })

  test('a page that is not built says so, and is there once it is', async () => {
    const folder = await temporaryFolder()
    const port = await portOfRelay(folder)
    const missing = await ask(port, '/')
    expect(missing.status).toBe(503)
    expect(missing.body.toString()).toContain('not built')
    await mkdir(join(folder, 'page'))
    await writeFile(join(folder, 'page/index.html'), 'built')
    expect((await ask(port, '/')).body.toString()).toBe('built')
  })
})

describe('what others may try', () => {
  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '//secret.txt',
    '/link.txt',
    '/assets',
    '/constructor',
  ])('%s leads nowhere', async (path) => {
    const answer = await ask(await portOfRelay(await folderWithPage()), path)
    expect(answer.status).toBe(404)
    expect(answer.body.toString()).toBe('There is nothing at this address. The chat is at /.\n')
  })

  test('addresses that cannot be read', async () => {
    const port = await portOfRelay(await folderWithPage())
    expect((await ask(port, '/%E0%A4%A')).status).toBe(400)
    expect((await ask(port, 'elsewhere.example/')).status).toBe(400)
  })

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused', async (method) => {
    const answer = await ask(await portOfRelay(await folderWithPage()), '/', {}, method)
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD'])
    expect(answer.body.toString()).toBe('Only GET and HEAD are answered here.\n')
  })

  test('every answer carries the security headers', async () => {
    const port = await portOfRelay(await folderWithPage())
    for (const path of ['/', '/nothing', '/bootstrap.json', '/health', '/%E0%A4%A']) {
      const { headers } = await ask(port, path)
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self' ws: wss: https:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html p2p-chat-worker",
      )
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['x-dns-prefetch-control']).toBe('off')
      expect(headers['cross-origin-opener-policy']).toBe('same-origin')
      expect(headers['permissions-policy']).toContain('camera=()')
      expect(headers['strict-transport-security']).toBeUndefined()
    }
    const secure = await ask(port, '/', { 'x-forwarded-proto': 'https' })
    expect(secure.headers['strict-transport-security']).toBe('max-age=31536000')
    const through = async (proto: string, host: string): Promise<unknown> => {
      const answer = await ask(port, '/', { 'x-forwarded-proto': proto, host })
      return answer.headers['strict-transport-security']
    }
    expect(await through('https, http', 'chat.example')).toBe('max-age=31536000')
    expect(await through('http, https', 'chat.example')).toBeUndefined()
    // A proxy that was tried here must not take http://localhost:8080 away for a year.
    expect(await through('https', 'localhost')).toBeUndefined()
  })
})

describe('one port', () => {
  test.each(['http://chat.example/health', 'HTTP://127.0.0.1:80/health?x', 'http://[::1]/health'])(
    'a proxy may ask for the whole address, %s',
    async (address) => {
      const port = await portOfRelay(await folderWithPage())
      expect((await ask(port, address)).status).toBe(200)
      expect((await ask(port, 'http://chat.example')).status).toBe(200)
      expect((await ask(port, 'ftp://chat.example/health')).status).toBe(400)
    },
  )

  test('the address in bootstrap.json can be dialled on the very port that served it', async () => {
    const relay = await relayIn(await temporaryFolder(), {
      CHAT_TOPIC: 'tea',
      TCP_PORT: 'off',
      QUIC_PORT: 'off',
    })
    const { headers, body } = await ask(relay.port as number, '/bootstrap.json')
    expect(headers['cache-control']).toBe('no-store')
    const address = `/ip4/127.0.0.1/tcp/${relay.port}/ws/p2p/${relay.peerId}`
    expect(JSON.parse(body.toString())).toEqual({
      version: '0.0.0-test',
      peerId: relay.peerId,
      multiaddrs: [address],
      iceServers: [{ urls: [`stun:0.0.0.0:${relay.stunPort}`] }],
      topic: 'tea',
      dhtProtocol: '/p2p-chat/kad/1.0.0',
    })
    const alice = await person()
    expect(await alice.dial(address, AbortSignal.timeout(5_000))).toEqual({
      ok: true,
      value: relay.peerId,
    })
    const health = await ask(relay.port as number, '/health')
    expect(JSON.parse(health.body.toString())).toEqual({
      status: 'ok',
      peerId: relay.peerId,
      connections: 1,
      archive: { rooms: 0, entries: 0, bytes: 0, damaged: 0 },
    })
  })

  test.skipIf(!hasIpv6)('on all interfaces it is the same one for IPv4 and IPv6', async () => {
    const { port } = await relayIn(await temporaryFolder(), { HOST: 'all' })
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${port}/health`)).status).toBe(200)
    }
  })

  test('ANNOUNCE is told beside the addresses that are listened on', async () => {
    const announced = '/dns4/chat.example/tcp/443/wss'
    const relay = await relayIn(await temporaryFolder(), { ANNOUNCE: announced })
    const { body } = await ask(relay.port as number, '/bootstrap.json')
    const { multiaddrs } = JSON.parse(body.toString()) as { multiaddrs: string[] }
    expect(multiaddrs).toContain(`${announced}/p2p/${relay.peerId}`)
    // WebSocket, TCP and QUIC beside it; what browsers can dial comes first.
    expect(multiaddrs).toHaveLength(4)
    expect(multiaddrs.map((each) => /\/wss?\//.test(each))).toEqual([true, true, false, false])
  })
})
