import type { Browser, Page } from '@playwright/test'
import { Person } from './person.ts'
import { type Line, RelayNode } from './relay.ts'
import { expect, test as base } from './test.ts'
import { Tripwire } from './tripwire.ts'

export const ROOM = 'hostile'

interface World {
  /** Opens the page of a relay-node that has carried these lines. */
  readonly afterLines: (lines: readonly Line[], viewport?: Viewport) => Promise<Wired>
}

type Viewport = { readonly width: number; readonly height: number }

interface Wired {
  readonly person: Person
  readonly wire: Tripwire
  readonly url: string
}

export const test = base.extend<World>({
  afterLines: async ({ browser }, use) => {
    const open: { readonly relay: RelayNode; readonly person: Person }[] = []
    await use(async (lines, viewport) => {
      const relay = await RelayNode.withHistory(ROOM, lines)
      const wired = await openWired(browser, `${relay.url}/#/r/${ROOM}`, viewport)
      open.push({ relay, person: wired.person })
      return wired
    })
    for (const { relay, person } of open) {
      await person.close()
      await relay.stop()
      expect(person.errors).toEqual([])
    }
  },
})

export async function openWired(
  browser: Browser,
  url: string,
  viewport?: Viewport,
): Promise<Wired> {
  const context = await browser.newContext(viewport === undefined ? {} : { viewport })
  const person = new Person(context, await context.newPage())
  const wire = await Tripwire.lay(context, person.page, new URL(url).origin)
  await person.page.goto(url)
  return { person, wire, url }
}

/**
 * Scrolls up from the end of the log until so many messages have stood in view, or nothing new has for
 * long. How many have.
 */
export function readUp(page: Page, most: number): Promise<number> {
  return page.evaluate(async (most) => {
    const log = document.querySelector('[role=log]')
    if (log === null) throw new Error('no log')
    const frame = (): Promise<unknown> => new Promise(requestAnimationFrame)
    const { top, bottom } = log.getBoundingClientRect()
    const isInView = (article: Element): boolean => {
      const place = article.getBoundingClientRect()
      return article.isConnected && place.bottom > top && place.top < bottom
    }
    /** And is still there when all above it has its true height. */
    const toBottom = async (article: Element): Promise<void> => {
      do {
        article.scrollIntoView({ block: 'end' })
        await frame()
      } while (article.isConnected && !isInView(article))
    }
    const read = new Set<string>()
    let last: Element | undefined
    for (let still = 0; still < 600 && read.size < most; still++) {
      const inView = [...log.querySelectorAll('article')].filter(isInView)
      for (const { dataset } of inView) {
        const { entry } = dataset
        if (entry === undefined || read.has(entry)) continue
        still = 0
        read.add(entry)
      }
      const first = inView[0]
      if (first === undefined || first === last) {
        log.scrollTop -= 0.9 * log.clientHeight
        await frame()
      } else await toBottom(first)
      last = first
    }
    return read.size
  }, most)
}
