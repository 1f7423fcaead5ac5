import type { Clock, Log } from '../shared/runtime.ts'
import { ACTIVATE, type Opening, openingIn } from './worker/messages.ts'
import { serviceWorkerUrl } from './worker/worker-url.ts'

export interface InstalledOptions {
  readonly clock: Clock
  readonly log: Log
  /** A newer version is kept on this device; `taken`: another tab has changed over to it already. */
  readonly onupdate: (taken: boolean) => void
  /** A notification was clicked. */
  readonly onopen: (opening: Opening) => void
  /** The browser runs no service worker here: nothing is kept of the program, and it does not install. */
  readonly onrefused: () => void
  /** Loads the page again; only when the reader has asked for it. */
  readonly reload: () => void
}

/** A browser looks by itself when the page is loaded, and a chat stays open for days. */
const LOOK_EVERY_MS = 3_600_000
/** A worker that does not answer is not waited for: the page it serves is an old one, but a page. */
const PATIENCE_MS = 3_000

/** The page as an app: what its service worker keeps, and newer versions of it. */
export class Installed {
  readonly #options: InstalledOptions
  #registration: ServiceWorkerRegistration | undefined
  #lookedAt: number
  #asked = false

  constructor(options: InstalledOptions) {
    this.#options = options
    this.#lookedAt = options.clock.now()
  }

  /** Where it fails (an unknown certificate, a private window, storage forbidden), the page works as it did without. */
  async start(): Promise<void> {
    const { log, onopen, onrefused } = this.#options
    const { serviceWorker } = navigator as Partial<Navigator>
    if (serviceWorker === undefined) {
      onrefused()
      return
    }
    let isServed = serviceWorker.controller !== null
    serviceWorker.addEventListener('controllerchange', () => {
      // The first one takes over the page that brought it: that is no other version.
      if (isServed) this.#changeOver()
      isServed = true
    })
    serviceWorker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const opening = openingIn(data)
      if (opening !== undefined) onopen(opening)
    })
    serviceWorker.startMessages()
    try {
      const registration = await serviceWorker.register(serviceWorkerUrl(), {
        updateViaCache: 'none',
      })
      this.#registration = registration
      this.#heed(registration)
    } catch (error) {
      log('page: not installed', { why: String(error) })
      onrefused()
    }
  }

  /** The reader is back: there may be a newer version. */
  look(): void {
    const now = this.#options.clock.now()
    if (Math.abs(now - this.#lookedAt) < LOOK_EVERY_MS) return
    this.#lookedAt = now
    // Offline, or the relay-node is down.
    this.#registration?.update().catch(() => undefined)
  }

  /** The reader wants the newer version. */
  changeOver(): void {
    const { clock, reload } = this.#options
    this.#asked = true
    const waiting = this.#registration?.waiting
    if (waiting === undefined || waiting === null) {
      reload()
      return
    }
    waiting.postMessage(ACTIVATE)
    clock.after(PATIENCE_MS, reload)
  }

  #changeOver(): void {
    if (this.#asked) this.#options.reload()
    else this.#options.onupdate(true)
  }

  #heed(registration: ServiceWorkerRegistration): void {
    // The one that waits is newer than the one that serves; the very first waits for nobody.
    const tell = (): void => {
      if (registration.waiting !== null && registration.active !== null)
        this.#options.onupdate(false)
    }
    const follow = (): void => {
      registration.installing?.addEventListener('statechange', tell)
    }
    tell()
    follow()
    registration.addEventListener('updatefound', follow)
  }
}
