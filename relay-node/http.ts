import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { IceServers } from './ice-servers.ts'
import type { Encoding, Page, PageFile } from './page.ts'

/** What the page asks for first: whom to dial, and how. */
export interface Bootstrap extends IceServers {
  readonly version: string
  readonly peerId: string
  readonly multiaddrs: readonly string[]
  /** Where the same page is to be had by https, on the same host. */
  readonly httpsPort?: number
  readonly topic: string
  readonly dhtProtocol: string
}

export interface Health {
  readonly status: 'ok'
  readonly peerId: string
  readonly connections: number
  readonly archive: ArchiveHealth | 'off'
}

export interface ArchiveHealth {
  readonly rooms: number
  readonly entries: number
  readonly bytes: number
  /** Dropped since the start, since they did not verify any more. */
  readonly damaged: number
  /** What is wrong with the machine's clock, in words; absent where nothing is. */
  readonly doubt?: string
}

export interface HttpOptions {
  readonly page: Page
  readonly bootstrap: () => Bootstrap
  readonly health: () => Health
}

/** SECURITY.md gives the reason of each. `https:` in connect-src is there for WebTransport. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self' ws: wss: https:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types svelte-trusted-html p2p-chat-worker',
].join('; ')

const SECURITY_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Or a browser asks for the address of every host that somebody has put into a link.
  'x-dns-prefetch-control': 'off',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
}
/** Browsers heed it over TLS only. */
const TRANSPORT_SECURITY = 'max-age=31536000'

const IMMUTABLE = 'public, max-age=31536000, immutable'
const NOT_BUILT =
  'The page is not built yet: run `npm run build`, then load this address again. The relay-node itself is running.'

/** Answers every HTTP request of the relay-node; WebSocket upgrades never come here. */
export function answerHttp(options: HttpOptions): RequestListener {
  return (request, response) => {
    answer(request, response, options).catch(() => {
      if (!response.headersSent) say(request, response, 500, 'This request could not be answered.')
      else response.destroy()
    })
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  if (isSecure(request)) response.setHeader('strict-transport-security', TRANSPORT_SECURITY)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    // The body of a refused request is not worth reading.
    response.setHeader('connection', 'close')
    say(request, response, 405, 'Only GET and HEAD are answered here.')
    return
  }
  const path = pathOf(request)
  if (path === undefined) say(request, response, 400, 'This address cannot be read.')
  else if (path === '/bootstrap.json') sendBootstrap(request, response, options)
  else if (path === '/health') sendJson(request, response, options.health())
  else await sendFile(request, response, path, options.page)
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  page: Page,
): Promise<void> {
  const file = await page.find(path)
  if (file === undefined) {
    if (path === '/' && !page.built) say(request, response, 503, NOT_BUILT)
    else say(request, response, 404, 'There is nothing at this address. The chat is at /.')
    return
  }
  response.setHeader('etag', file.etag)
  response.setHeader('cache-control', file.hashed ? IMMUTABLE : 'no-cache')
  if (file.text) response.setHeader('vary', 'accept-encoding')
  if (matches(request.headers['if-none-match'], file.etag)) {
    response.writeHead(304).end()
    return
  }
  const encoding = encodingFor(request, file)
  const body = encoding === undefined ? file.body : await page.compress(file, encoding)
  if (encoding !== undefined) response.setHeader('content-encoding', encoding)
  send(request, response, 200, file.type, body)
}

/** Behind a reverse proxy the own https port is not at the host that the page knows. */
function sendBootstrap(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): void {
  const { httpsPort, ...rest } = options.bootstrap()
  const told = httpsPort === undefined || isProxied(request) ? rest : { ...rest, httpsPort }
  sendJson(request, response, told)
}

function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  value: Bootstrap | Health,
): void {
  response.setHeader('cache-control', 'no-store')
  send(
    request,
    response,
    200,
    'application/json; charset=utf-8',
    Buffer.from(JSON.stringify(value)),
  )
}

function say(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  sentence: string,
): void {
  response.setHeader('cache-control', 'no-store')
  send(request, response, status, 'text/plain; charset=utf-8', Buffer.from(`${sentence}\n`))
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: Buffer,
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** The decoded path without the query, or none if it is no address of ours to begin with. */
function pathOf(request: IncomingMessage): string | undefined {
  // Some proxies ask for the whole address, which every server has to take (RFC 9112 §3.2.2).
  const [, origin = '', asked = ''] = /^(https?:\/\/[^/?]*)?([^?]*)/i.exec(request.url ?? '') ?? []
  const path = origin !== '' && asked === '' ? '/' : asked
  if (!path.startsWith('/')) return undefined
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function encodingFor(request: IncomingMessage, file: PageFile): Encoding | undefined {
  if (!file.text) return undefined
  const accepted = acceptedEncodings(String(request.headers['accept-encoding'] ?? ''))
  return accepted.has('br') ? 'br' : accepted.has('gzip') ? 'gzip' : undefined
}

/** What the header names without forbidding it by `q=0`. */
function acceptedEncodings(header: string): ReadonlySet<string> {
  const accepted = header
    .toLowerCase()
    .split(',')
    .map((part) => part.trim().split(/\s*;\s*/))
    .filter(([, quality]) => quality === undefined || !/^q=0(\.0*)?$/.test(quality))
  return new Set(accepted.map(([name = '']) => name))
}

function matches(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? []
  return tags.includes('*') || tags.includes(etag.replace(/^W\//, ''))
}

function isProxied({ headers }: IncomingMessage): boolean {
  return ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'].some(
    (name) => headers[name] !== undefined,
  )
}

/**
 * Whether TLS ends at a reverse proxy, the first that the visitor came to; a forged header only
 * tells its own sender to use TLS, which browsers ignore over http. Our own https port says nothing
 * of the kind: the word would hold for the plain port of the same host, too, and so for localhost.
 */
function isSecure({ headers }: IncomingMessage): boolean {
  const [first = ''] = String(headers['x-forwarded-proto'] ?? '').split(',', 1)
  return first.trim() === 'https' && !/^localhost(:\d+)?$/.test(headers.host ?? '')
}
