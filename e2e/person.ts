import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
  expect,
} from '@playwright/test'

export interface PersonOptions {
  /** Path and hash behind the relay's address. */
  readonly path?: string
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  /** What else their browser is like: its languages, a finger instead of a mouse. */
  readonly browser?: BrowserContextOptions
  /** Runs in the page before the program: a wrong clock, a count of what is made. */
  readonly script?: () => void
  /** Without a service worker, whose files no test can hold up on their way. */
  readonly unkept?: boolean
  /** What the relay's `/bootstrap.json` says, changed on its way. */
  readonly bootstrap?: Readonly<Record<string, unknown>>
}

/** Somebody with a browser of their own: one context, one page, found by roles and names alone. */
export class Person {
  readonly context: BrowserContext
  readonly page: Page
  readonly errors: string[] = []

  constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.on('pageerror', (error) => this.errors.push(error.message))
    page.on('console', (message) => {
      // The page's policy must never be broken, and a browser only says so here.
      if (message.text().includes('Content Security Policy')) this.errors.push(message.text())
    })
  }

  static async open(browser: Browser, url: string, options: PersonOptions = {}): Promise<Person> {
    const { viewport, colorScheme } = options
    const context = await browser.newContext({
      ...options.browser,
      ...(viewport === undefined ? {} : { viewport }),
      ...(colorScheme === undefined ? {} : { colorScheme }),
      ...(options.unkept === true ? { serviceWorkers: 'block' } : {}),
    })
    const { script, bootstrap } = options
    if (script !== undefined) await context.addInitScript(script)
    if (bootstrap !== undefined) {
      await context.route('**/bootstrap.json', async (route) => {
        const response = await route.fetch()
        const json = (await response.json()) as Record<string, unknown>
        await route.fulfill({ response, json: { ...json, ...bootstrap } })
      })
    }
    const person = new Person(context, await context.newPage())
    await person.page.goto(url + (options.path ?? '/'))
    return person
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true })
  }
  get log(): Locator {
    return this.page.getByRole('log', { name: 'Messages' })
  }
  get pill(): Locator {
    return this.page.getByRole('status', { name: 'Connection' })
  }
  get people(): Locator {
    return this.page.getByRole('complementary', { name: 'People' })
  }
  get rooms(): Locator {
    return this.page.getByRole('navigation', { name: 'Rooms' })
  }
  get palette(): Locator {
    return this.page.getByRole('listbox', { name: 'Commands' })
  }

  message(text: string | RegExp): Locator {
    return this.log.getByRole('article').filter({ hasText: text })
  }

  /** What commands answered. */
  answer(text: string | RegExp): Locator {
    return this.log.getByRole('article', { name: /^System: / }).filter({ hasText: text })
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect(this.message(text)).toHaveCount(1)
    await expect(this.message(text)).toBeInViewport()
  }

  /** All that stands in the log, in order: entry ids. */
  async entries(): Promise<readonly string[]> {
    return this.log
      .locator('[data-entry]')
      .evaluateAll((articles) =>
        articles.map((article) => article.getAttribute('data-entry') ?? ''),
      )
  }

  /** Has a direct link to so many people. */
  async isLive(people: number): Promise<void> {
    await expect(this.pill).toHaveText(`Live · ${people}`, { timeout: 20_000 })
  }

  async close(): Promise<void> {
    await this.context.close()
  }
}
