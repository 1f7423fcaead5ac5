import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hasIpv6, person, relayProcess, temporaryFolder } from './test-relay.ts'

const PEER_ID = /^Your Peer ID: (12D3KooW\w+)$/
const OPEN = /^Open http:\/\/localhost:(\d+)$/

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function takenUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  onTestFinished(() => void socket.close())
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return socket.address().port
}

describe('a start', () => {
  test('prints the lines that others read, the address to open last', async () => {
    const folder = await temporaryFolder()
    const [title, id, listening, ...rest] = await relayProcess(folder, { CHAT_TOPIC: 'tea' }).lines
    expect(title).toBe('=== P2P Chat Started ===')
    expect(id).toMatch(PEER_ID)
    expect(listening).toMatch(/^Listening on: \/ip4\/127\.0\.0\.1\/tcp\/[1-9]\d*$/)
    expect(rest[0]).toContain('Configuration: HOST=127.0.0.1 PORT=0 TCP_PORT=0')
    expect(rest[0]).toContain(' CHAT_TOPIC=tea ')
    const port = OPEN.exec(rest.at(-1) ?? '')?.[1]
    const health = await fetch(`http://127.0.0.1:${port}/health`)
    expect(await health.json()).toMatchObject({ status: 'ok' })
  })

  test('without a page has no address to open, and TCP still answers', async () => {
    const lines = await relayProcess(await temporaryFolder(), { PORT: 'off' }).lines
    expect(lines.some((line) => line.startsWith('Open'))).toBe(false)
    const address = (lines[2] ?? '').replace('Listening on: ', '')
    const dialled = await (await person()).dial(address, AbortSignal.timeout(5_000))
    expect(dialled).toEqual({ ok: true, value: PEER_ID.exec(lines[1] ?? '')?.[1] })
  })

  test('ends with every bad value in its own sentence', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, '.env'), 'MAX_CONNECTIONS=none\n')
    const { code, stdout, stderr } = await relayProcess(folder, {
      PORT: 'eighty',
      BOOTSTRAP: 'nowhere',
    }).ended
    expect([code, stdout]).toEqual([1, ''])
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['PORT', 'BOOTSTRAP', 'MAX_CONNECTIONS'])
  })

  test.runIf(process.platform === 'linux')(
    'ends with one sentence when DATA_DIR is where no folder can be made',
    async () => {
      const { code, stdout, stderr } = await relayProcess(await temporaryFolder(), {
        DATA_DIR: '/proc/p2p-chat/data',
      }).ended
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toBe(
        'DATA_DIR must be a folder that this program may write to, but /proc/p2p-chat/data is not (ENOENT).\n',
      )
    },
  )

  test.each(['PORT', 'TCP_PORT'])(
    'ends with one sentence when %s is taken, which others have written down',
    async (name) => {
      const port = await takenPort()
      const { code, stdout, stderr } = await relayProcess(await temporaryFolder(), {
        [name]: String(port),
      }).ended
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toBe(
        `Port ${port} is taken by another program: stop that program, or set ${name} to another port.\n`,
      )
    },
  )

  test('goes on without the other ports that are taken, a sentence for each, and people can talk', async () => {
    const [udp, https] = [await takenUdpPort(), await takenPort()]
    const relay = relayProcess(await temporaryFolder(), {
      QUIC_PORT: String(udp),
      HTTPS_PORT: String(https),
      STUN_PORT: String(await takenUdpPort()),
    })
    const lines = await relay.lines
    expect(lines.find((line) => line.startsWith('Ports: '))).toMatch(
      /^Ports: WebSocket \d+, TCP \d+, QUIC off, WebRTC-Direct \d+\/udp$/,
    )
    const port = OPEN.exec(lines.at(-1) ?? '')?.[1] ?? ''
    const { multiaddrs, iceServers, httpsPort } = (await (
      await fetch(`http://127.0.0.1:${port}/bootstrap.json`)
    ).json()) as { multiaddrs: string[]; iceServers: unknown[]; httpsPort?: number }
    expect(multiaddrs.filter((each) => each.includes('quic'))).toEqual([])
    expect([iceServers, httpsPort]).toEqual([[], undefined])
    const dialled = await (
      await person()
    ).dial(`/ip4/127.0.0.1/tcp/${port}/ws`, AbortSignal.timeout(5_000))
    expect(dialled.ok).toBe(true)
    relay.child.kill('SIGTERM')
    const { code, stderr } = await relay.ended
    expect(code).toBe(0)
    expect(stderr.trimEnd().split('\n')).toEqual([
      `Port ${udp} is taken by another program, so QUIC is off: stop that program and start this one again, or set QUIC_PORT to another port.`,
      `Port ${https} is taken by another program, so https is off: stop that program and start this one again, or set HTTPS_PORT to another port.`,
      expect.stringMatching(/^Port \d+ is taken by another program, so STUN is off: .*STUN_PORT/),
    ])
  })

  test('ends if no port is left by which anybody could come', async () => {
    const { code, stdout, stderr } = await relayProcess(await temporaryFolder(), {
      PORT: 'off',
      TCP_PORT: 'off',
      QUIC_PORT: String(await takenUdpPort()),
      WEBRTC_PORT: String(await takenUdpPort()),
    }).ended
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /^Port \d+ is taken .* QUIC is off: .* Port \d+ is taken .* WebRTC-Direct is off: .*\n$/,
    )
  })

  test.skipIf(!hasIpv6)('tells of a page port that is taken for IPv6 alone', async () => {
    const server = createServer().listen({ host: '::', port: 0, ipv6Only: true })
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const { code, stderr } = await relayProcess(await temporaryFolder(), {
      HOST: 'all',
      PORT: String(port),
    }).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`^Port ${port} is taken by another program: .*\\n$`))
  })

  test('names the address for others on the network before the one to open here', async () => {
    const folder = await temporaryFolder()
    const lines = await relayProcess(folder, { HOST: 'all', HTTPS_PORT: '0' }).lines
    expect(lines.at(-1)).toMatch(OPEN)
    expect(lines.at(-2)).toMatch(/^On this network: https:\/\/[\d.]+:[1-9]\d* \(browsers ask once/)
    // A QR code is for people, not for log files.
    expect(lines.filter((line) => !/^[A-Z=][\w= -]*/.test(line))).toEqual([])
  })

  test('tells of a damaged https certificate and goes on', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'data'))
    await writeFile(join(folder, 'data/https.pem'), 'rubbish')
    const relay = relayProcess(folder, { HTTPS_PORT: '0' })
    await relay.lines
    relay.child.kill('SIGTERM')
    const { code, stderr } = await relay.ended
    expect(code).toBe(0)
    expect(stderr).toMatch(/^The https certificate in .*https\.pem is damaged: .*\n$/)
  })

  test('ends with one sentence when the host is not of this machine', async () => {
    const { code, stderr } = await relayProcess(await temporaryFolder(), { HOST: '203.0.113.7' })
      .ended
    expect([code, stderr]).toEqual([
      1,
      'HOST 203.0.113.7 is no address of this machine: set HOST to one of its addresses, or to all.\n',
    ])
  })

  test('ends with one sentence when the key is damaged', async () => {
    const folder = await temporaryFolder()
    const first = relayProcess(folder)
    await first.lines
    first.child.kill('SIGTERM')
    await first.ended
    const path = join(folder, 'data/private.key')
    await writeFile(path, 'rubbish')
    const { code, stderr } = await relayProcess(folder).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/^The key of this node in .* is damaged: .*\n$/)
    expect(await readFile(path, 'utf8')).toBe('rubbish')
  })
})

describe('an end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s is clean and quick, with people connected',
    async (signal) => {
      const relay = relayProcess(await temporaryFolder())
      const lines = await relay.lines
      const port = OPEN.exec(lines.at(-1) ?? '')?.[1]
      const alice = await person()
      expect(
        (await alice.dial(`/ip4/127.0.0.1/tcp/${port}/ws`, AbortSignal.timeout(5_000))).ok,
      ).toBe(true)
      const asked = performance.now()
      relay.child.kill(signal)
      const { code, stderr } = await relay.ended
      expect([code, stderr]).toEqual([0, ''])
      expect(performance.now() - asked).toBeLessThan(2_000)
    },
  )

  test('and a new start keep the peer id and the address', async () => {
    const folder = await temporaryFolder()
    const first = relayProcess(folder)
    const before = await first.lines
    first.child.kill('SIGTERM')
    await first.ended
    const ports = {
      TCP_PORT: /\/tcp\/(\d+)/.exec(before[2] ?? '')?.[1] ?? '',
      PORT: OPEN.exec(before.at(-1) ?? '')?.[1] ?? '',
    }
    const after = await relayProcess(folder, ports).lines
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3))
    expect(after.at(-1)).toBe(before.at(-1))
  })
})
