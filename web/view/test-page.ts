import { flushSync, mount, tick, unmount } from 'svelte'
import { vi } from 'vitest'
import { Chat } from '../../shared/chat.ts'
import { MemoryHistory } from '../../shared/memory-history.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { MemorySettings } from '../../shared/settings.ts'
import { alice, logId } from '../../shared/testing/people.ts'
import { type Acts, App, type AppOptions } from '../state/app.svelte.ts'
import { Attention } from '../state/attention.svelte.ts'
import { hashOf } from '../../shared/route.ts'
import { en } from '../text/en.ts'
import Page from './Page.svelte'

const runtime = systemRuntime()

/** The whole page over a core without a network, for one test. */
export class TestPage {
  readonly app: App
  readonly history = new MemoryHistory(logId('alice'))
  /** What was counted as unread, for the icon. */
  readonly counts: number[] = []
  /** Tells whoever heeded a size, even those who have stopped since: what was measured may be on its way. */
  resize: () => void = () => undefined
  readonly #page: ReturnType<typeof mount>
  #chat: Chat | undefined

  constructor(more: Partial<AppOptions> = {}) {
    const heeded: (() => void)[] = []
    vi.stubGlobal(
      'ResizeObserver',
      class {
        observe = vi.fn()
        unobserve = vi.fn()
        disconnect = vi.fn()
        constructor(run: () => void) {
          heeded.push(run)
        }
      },
    )
    this.resize = () => {
      for (const run of heeded) run()
    }
    const acts: Partial<Acts> = {
      useHere: vi.fn(),
      comeBack: vi.fn(),
      usedEmojis: { read: () => undefined, write: () => undefined },
      device: {
        relays: [],
        invite: () => 'https://chat.example/',
        hints: () => [],
        lookUp: () => Promise.resolve(undefined),
        examine: () => Promise.reject(new Error('not here')),
      },
    }
    this.app = new App({
      clock: runtime.clock,
      text: en,
      locales: ['en'],
      version: '0.0.0',
      guest: false,
      address: 'https://chat.example/',
      hash: '#/',
      navigate: (hash) => {
        this.app.go(hash)
      },
      cover: () => undefined,
      acts: acts as Acts,
      ...more,
    })
    this.#page = mount(Page, { target: document.body, props: { app: this.app } })
    flushSync()
  }

  /** The core comes up: alice, in the default room. */
  async begin(): Promise<Chat> {
    const settings = new MemorySettings()
    await settings.set('name', 'alice')
    const { history } = this
    const chat = new Chat({ identity: alice.identity, history, settings, runtime })
    this.#chat = chat
    await chat.start()
    const attention = new Attention({
      clock: runtime.clock,
      text: () => en,
      isVisible: () => true,
      onsaid: () => undefined,
      notices: {
        state: 'never',
        ask: () => Promise.resolve('never'),
        show: () => undefined,
        clear: () => undefined,
        count: (unread) => this.counts.push(unread),
      },
    })
    this.app.begin(chat, attention)
    await this.app.commands.want()
    await this.#loaded()
    return chat
  }

  async goTo(room: string): Promise<void> {
    this.app.go(hashOf(room))
    await this.#loaded()
    await tick()
  }

  /** Types it into the box and presses Enter. */
  say(text: string): void {
    const composer = this.app.current?.composer
    if (composer === undefined) throw new Error('there is no room')
    composer.text = text
    composer.send()
  }

  async close(): Promise<void> {
    await unmount(this.#page)
    await this.#chat?.stop()
    vi.useRealTimers()
    vi.unstubAllGlobals()
  }

  async #loaded(): Promise<void> {
    await vi.waitFor(() => {
      if (this.app.current?.timeline.loaded !== true) throw new Error('the log is not there yet')
    })
  }
}

export function button(name: string): HTMLButtonElement {
  flushSync()
  const all = [...document.querySelectorAll('button')]
  const found = all.find(
    (each) => (each.getAttribute('aria-label') ?? each.textContent.trim()) === name,
  )
  if (found === undefined) throw new Error(`there is no button ${name}`)
  return found
}

export function box(): HTMLTextAreaElement | null {
  flushSync()
  return document.querySelector<HTMLTextAreaElement>('#composer')
}

/** What the log says. */
export function log(): string {
  flushSync()
  return document.querySelector('[role="log"]')?.textContent ?? ''
}
