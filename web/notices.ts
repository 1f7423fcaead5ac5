import type { NoticeState } from '../shared/commands/command.ts'
import type { Log } from '../shared/runtime.ts'
import type { Notice, Notices } from './state/attention.svelte.ts'
import { hashOf } from '../shared/route.ts'
import type { Opening } from './worker/messages.ts'

/** Notifications of this page, by its service worker: they stay when the page is gone, and a click finds it. */
export class BrowserNotices implements Notices {
  readonly #guest: boolean
  readonly #log: Log
  /** One after another: taking back an old one would take the new one of its tag with it. */
  #last: Promise<void> = Promise.resolve()

  constructor(guest: boolean, log: Log) {
    this.#guest = guest
    this.#log = log
  }

  get state(): NoticeState {
    if (!('Notification' in globalThis) || !('serviceWorker' in navigator)) return 'never'
    switch (Notification.permission) {
      case 'granted':
        return 'shown'
      case 'denied':
        return 'blocked'
      case 'default':
        return 'unasked'
    }
  }

  /** Only within a click: some browsers ask at no other time. */
  async ask(): Promise<NoticeState> {
    await Notification.requestPermission()
    return this.state
  }

  show({ room, title, body, silent }: Notice): void {
    const data: Opening = { kind: 'open', hash: hashOf(room), guest: this.#guest }
    const options = {
      body,
      // One for each room: the next takes the place of the last.
      tag: this.#tagOf(room),
      icon: '/icon-192.png',
      badge: '/badge-96.png',
      silent,
      data,
    }
    this.#with((registration) => registration.showNotification(title, options))
  }

  clear(): void {
    this.#with(async (registration) => {
      for (const shown of await registration.getNotifications())
        if (shown.tag.startsWith(this.#tagOf(''))) shown.close()
    })
  }

  count(unread: number): void {
    // A guest beside a profile must not count for it.
    if (this.#guest || !('setAppBadge' in navigator)) return
    const counted = unread === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(unread)
    counted.catch(() => undefined)
  }

  #tagOf(room: string): string {
    return `${this.#guest ? 'guest' : 'room'} ${room}`
  }

  #with(use: (registration: ServiceWorkerRegistration) => Promise<void>): void {
    if (this.state !== 'shown') return
    this.#last = this.#last
      .then(() => navigator.serviceWorker.getRegistration())
      .then((registration) => (registration?.active ? use(registration) : undefined))
      .catch((error: unknown) => {
        this.#log('page: no notification', { why: String(error) })
      })
  }
}
