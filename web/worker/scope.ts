// The few things of a service worker's world that ours uses: the compiler's own description of it
// (lib.webworker) and that of a page exclude each other.

interface Extendable {
  waitUntil(work: Promise<unknown>): void
}

interface FetchEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

interface NotificationClick extends Extendable {
  readonly notification: Notification
}

interface WorkerMessage extends Extendable {
  readonly data: unknown
}

interface WindowClient {
  readonly url: string
  focus(): Promise<unknown>
  postMessage(message: unknown): void
}

export interface WorkerScope {
  readonly location: Location
  readonly clients: {
    claim(): Promise<void>
    /** The one that had the focus last comes first. */
    matchAll(options: {
      readonly type: 'window'
      readonly includeUncontrolled: boolean
    }): Promise<readonly WindowClient[]>
    openWindow(url: string): Promise<unknown>
  }
  skipWaiting(): Promise<void>
  addEventListener(kind: 'install' | 'activate', listener: (event: Extendable) => void): void
  addEventListener(kind: 'fetch', listener: (event: FetchEvent) => void): void
  addEventListener(kind: 'message', listener: (event: WorkerMessage) => void): void
  addEventListener(kind: 'notificationclick', listener: (event: NotificationClick) => void): void
}
