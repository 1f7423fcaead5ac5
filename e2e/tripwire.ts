import type { BrowserContext, Page } from '@playwright/test'
import { expect } from './test.ts'

/** All that a log is made of; whatever else stands in it was written by somebody. */
const TAGS =
  'a article bdi blockquote button circle code details div em g h2 li line ol p path pre rect s section span strong summary svg time ul'.split(
    ' ',
  )
/** And all that the page has around it. */
const AROUND =
  'aside b h1 header input label main mark nav noscript option small text textarea title'.split(' ')
/** What may run, load or send. `style` is looked at for what it loads. */
const ATTRIBUTES =
  'action background data formaction ping poster src srcdoc srcset xlink:href'.split(' ')

interface Seen {
  readonly tripped: string[]
  readonly strange: string[]
}

interface Laid {
  readonly tags: readonly string[]
  readonly around: readonly string[]
  readonly attributes: readonly string[]
}

/** Runs in the page before the program. */
function lay({ tags, around, attributes }: Laid): void {
  const seen: Seen = { tripped: [], strange: [] }
  const trip =
    (what: string) =>
    (...args: readonly unknown[]): void => {
      seen.tripped.push(`${what}(${args.join()})`)
    }
  Object.assign(globalThis, { tripwire: seen })
  for (const name of ['tripped', 'alert', 'confirm', 'prompt', 'print', 'open'])
    Object.assign(globalThis, { [name]: trip(name) })
  document.addEventListener('securitypolicyviolation', (event) => {
    trip('policy')(event.violatedDirective, event.blockedURI, event.sample)
  })
  const inLog = new Set(tags)
  const known = new Set([...inLog, ...around])
  const active = new Set(attributes)
  const look = (element: Element): void => {
    // An invitation has the room's address, to be copied.
    const mayStand =
      element.closest('.invitation') !== null || element.closest('[role=log]') === null
    const strange =
      !(mayStand ? known : inLog).has(element.localName) ||
      [...element.attributes].some(
        ({ name, value }) =>
          name.startsWith('on') ||
          active.has(name) ||
          (name === 'href' && !/^(?:https?:\/\/|#)/.test(value)) ||
          (name === 'style' && /url|image|expression/i.test(value)),
      )
    if (strange) seen.strange.push(element.outerHTML.slice(0, 200))
  }
  // Attributes too: what is put in place first and set afterwards.
  new MutationObserver((records) => {
    for (const { type, target, addedNodes } of records) {
      if (!document.body?.contains(target)) continue
      if (type === 'attributes') look(target as Element)
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue
        look(node)
        for (const each of node.querySelectorAll('*')) look(each)
      }
    }
  }).observe(document, { childList: true, attributes: true, subtree: true })
}

/** Laid around a page before it is opened: tells of every script that ran and all that left for elsewhere. */
export class Tripwire {
  readonly #page: Page
  readonly #gone: string[] = []

  private constructor(page: Page) {
    this.#page = page
  }

  /** @param origin of the page, whose host every request must have */
  static async lay(context: BrowserContext, page: Page, origin: string): Promise<Tripwire> {
    const wire = new Tripwire(page)
    const { port } = new URL(origin)
    const ours = new Set([`localhost:${port}`, `127.0.0.1:${port}`])
    const note = (what: string, url: string): void => {
      const isOurs = /^(https?|wss?):/.test(url) && ours.has(new URL(url).host)
      const isLocal = new RegExp(`^(blob:${origin}/|about:blank$)`).test(url)
      if (!isOurs && !isLocal) wire.#gone.push(`${what} ${url.slice(0, 100)}`)
    }
    context.on('request', (request) => {
      note('request', request.url())
    })
    context.on('page', (other) => {
      wire.#gone.push(`window ${other.url()}`)
    })
    page.on('websocket', (socket) => {
      note('websocket', socket.url())
    })
    page.on('framenavigated', (frame) => {
      if (frame !== page.mainFrame()) wire.#gone.push(`frame ${frame.url()}`)
      note('navigation', frame.url())
    })
    page.on('dialog', (dialog) => {
      wire.#gone.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.addInitScript(lay, {
      tags: TAGS,
      around: AROUND,
      attributes: ATTRIBUTES,
    })
    return wire
  }

  async isUntouched(): Promise<void> {
    const { tripped, strange } = await this.#page.evaluate(
      () => (globalThis as unknown as { readonly tripwire: Seen }).tripwire,
    )
    const found = { tripped, strange: strange.slice(0, 10), gone: this.#gone }
    expect(found).toEqual({ tripped: [], strange: [], gone: [] })
  }
}
