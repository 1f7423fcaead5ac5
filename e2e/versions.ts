import { createHash } from 'node:crypto'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One that kept the page for good, under the name of another version, and knew no message. */
const ANCIENT_WORKER = `
const CACHE = 'p2p-chat-shell-ancient'
addEventListener('install', (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.add('/'))))
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.respondWith(caches.match('/'))
})`

/** `half`: the new worker, and still the old page. */
export type Version = 'ancient' | 'old' | 'half' | 'new'

/**
 * In front of a relay-node: the page as it is, headers and all, or as an older version, which can be
 * told by `<html data-version="…">`.
 */
export class VersionedRelay {
  readonly #server: Server
  version: Version
  readonly url: string

  constructor(server: Server, version: Version) {
    this.#server = server
    this.version = version
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`
  }

  static async start(relayUrl: string, version: Version): Promise<VersionedRelay> {
    const server = createServer((request, response) => {
      const path = request.url ?? '/'
      served(relayUrl, path, relay.version).then(
        ({ status, headers, body }) => response.writeHead(status, headers).end(body),
        () => response.writeHead(502).end(),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const relay = new VersionedRelay(server, version)
    return relay
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

interface Served {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

async function served(relayUrl: string, path: string, version: Version): Promise<Served> {
  const answer = await fetch(relayUrl + path)
  const headers = Object.fromEntries(answer.headers)
  for (const name of [
    'content-encoding',
    'content-length',
    'transfer-encoding',
    'etag',
    'connection',
  ])
    Reflect.deleteProperty(headers, name)
  const body = Buffer.from(await answer.arrayBuffer())
  if (version !== 'new' && /^\/(\?|$)/.test(path))
    return { status: answer.status, headers, body: Buffer.from(older(body.toString(), version)) }
  if ((version === 'old' || version === 'ancient') && path === '/sw.js')
    return {
      status: answer.status,
      headers,
      body: Buffer.from(await worker(relayUrl, body, version)),
    }
  return { status: answer.status, headers, body }
}

function older(html: string, version: Version): string {
  return html.replace('<html lang="en"', `<html lang="en" data-version="${version}"`)
}

/** The worker that would have been built for the older page: each file by its content's hash. */
async function worker(relayUrl: string, body: Buffer, version: Version): Promise<string> {
  if (version === 'ancient') return ANCIENT_WORKER
  const html = await (await fetch(`${relayUrl}/`)).text()
  const built = body.toString().replace(sha256(html), sha256(older(html, version)))
  const old = built.replace(/(version:.)[0-9a-f]{16}/, '$10000000000000000')
  if (old === body.toString() || built === body.toString())
    throw new Error('sw.js is not what it was')
  return old
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
