import { ACTIVATE, openingIn } from './messages.ts'
import type { WorkerScope } from './scope.ts'

/** What the page is made of, put in by Vite: each file's address, and its SHA-256 in base64. */
interface Shell {
  /** Another one for any other content. */
  readonly version: string
  readonly files: readonly (readonly [path: string, sha256: string])[]
}

declare const self: WorkerScope
declare const __SHELL__: Shell

const SHELL = __SHELL__
/** Workers of all versions name their caches so, and each deletes those of the others. */
const CACHES = 'p2p-chat-shell-'
const CACHE = CACHES + SHELL.version
const PATHS: ReadonlySet<string> = new Set(SHELL.files.map(([path]) => path))
/** What the relay-node says of itself now: never kept, also where somebody opens it in a tab. */
const LIVE: ReadonlySet<string> = new Set(['/bootstrap.json', '/health'])

self.addEventListener('install', (event) => {
  event.waitUntil(keepShell())
})

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin || LIVE.has(pathname)) return
  const isPage = pathname === '/' || pathname === '/index.html'
  if (isPage) event.respondWith(kept('/', request))
  else if (PATHS.has(pathname)) event.respondWith(kept(pathname, request))
  else if (request.mode === 'navigate')
    event.respondWith(fetch(request).catch(() => kept('/', request)))
})

// A new version waits until the reader says so: a page keeps the files that it was made with.
self.addEventListener('message', (event) => {
  if (event.data === ACTIVATE) event.waitUntil(self.skipWaiting())
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data))
})

/** All or nothing, and each as it was built: a page must not be made of two versions. */
async function keepShell(): Promise<void> {
  const cache = await caches.open(CACHE)
  try {
    await Promise.all(SHELL.files.map(([path, sha256]) => keep(cache, path, sha256)))
  } catch (error) {
    // What is half there would only take room; the browser tries again later.
    await caches.delete(CACHE)
    throw error
  }
}

async function keep(cache: Cache, path: string, sha256: string): Promise<void> {
  const isHashed = path.startsWith('/assets/')
  const known = isHashed ? await caches.match(path, { ignoreVary: true }) : undefined
  if (known !== undefined) return cache.put(path, known)
  const request = new Request(path, {
    integrity: `sha256-${sha256}`,
    cache: isHashed ? 'default' : 'no-cache',
  })
  const response = await fetch(request)
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}`)
  await cache.put(path, response)
}

async function dropOthers(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name.startsWith(CACHES) && name !== CACHE)
  await Promise.all(others.map((name) => caches.delete(name)))
}

/** The browser may have dropped what was kept: then it is asked for again. */
async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE)
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request)
}

/** @param told what lay in the notification, perhaps of another version */
async function open(told: unknown): Promise<void> {
  const opening = openingIn(told) ?? { kind: 'open', hash: '#/', guest: false }
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const page = windows.find(({ url }) => isGuest(url) === opening.guest)
  if (page !== undefined) {
    page.postMessage(opening)
    // Refused where no click has come first: the room is shown all the same.
    await page.focus().catch(() => undefined)
  } else if (!opening.guest) await self.clients.openWindow(`/${opening.hash}`)
}

function isGuest(url: string): boolean {
  return new URL(url).searchParams.has('guest')
}
