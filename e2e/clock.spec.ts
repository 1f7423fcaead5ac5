import type { Page } from '@playwright/test'
import { expect, test } from './test.ts'

/** The page's clock is off by `window.ahead` ms, and may be set while it runs. */
function shiftedClock(): void {
  const RealDate = Date
  const now = RealDate.now.bind(RealDate)
  const ahead = (): number => (globalThis as { ahead?: number }).ahead ?? 0
  globalThis.Date = class extends RealDate {
    constructor(...args: readonly unknown[]) {
      if (args.length === 0) super(now() + ahead())
      else super(...(args as [number]))
    }
    static override now(): number {
      return now() + ahead()
    }
  } as DateConstructor
}

async function setClock(page: Page, aheadMs: number): Promise<void> {
  await page.evaluate((ms) => {
    ;(globalThis as { ahead?: number }).ahead = ms
  }, aheadMs)
}

const THREE_YEARS_MS = 3 * 365.25 * 86_400_000

test('a clock that jumps while the page is open loses and doubles nothing', async ({ someone }) => {
  const alice = await someone({ script: shiftedClock })
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('before')
  await bob.sees('before')
  await setClock(alice.page, THREE_YEARS_MS)
  await alice.say('right after the jump')
  await expect(alice.page.getByText(/clock is 3 years ahead/)).toBeVisible()
  await bob.sees('right after the jump')
  await bob.say('I hear you')
  await alice.sees('I hear you')
  await alice.sees('right after the jump')
  await setClock(alice.page, 0)
  await alice.say('and back again')
  await bob.sees('and back again')
  await expect(alice.page.getByText(/clock is 3 years/)).toHaveCount(0)
  await expect(async () => {
    expect(await alice.entries()).toEqual(await bob.entries())
  }).toPass()
  expect(await bob.entries()).toHaveLength(4)
})

test('a clock weeks behind the relay-node’s is in dispute until somebody else can tell', async ({
  someone,
}) => {
  const alice = await someone({ script: shiftedClock })
  await alice.isLive(0)
  await setClock(alice.page, -40 * 86_400_000)
  await alice.say('alone')
  await expect(
    alice.page.getByText(/relay-node’s clock is .+ ahead of this device’s: one of them is wrong/),
  ).toBeVisible()
  const bob = await someone()
  await bob.sees('alone')
  await expect(alice.page.getByText(/This device’s clock is .+ behind/)).toBeVisible()
  await expect(alice.page.getByText(/one of them is wrong/)).toHaveCount(0)
})

test('what is said before the time is known reaches others, and /clear makes nobody deaf', async ({
  someone,
}) => {
  const bob = await someone()
  const alice = await someone({
    script: () => {
      const RealDate = Date
      const now = RealDate.now.bind(RealDate)
      globalThis.Date = class extends RealDate {
        constructor(...args: readonly unknown[]) {
          if (args.length === 0) super(now() + 600_000)
          else super(...(args as [number]))
        }
        static override now(): number {
          return now() + 600_000
        }
      } as DateConstructor
      // What tells the time comes late.
      const fetch = globalThis.fetch
      globalThis.fetch = async (...args) => {
        await new Promise((resolve) => setTimeout(resolve, 1_500))
        return fetch(...args)
      }
    },
  })
  await alice.say('too early')
  await alice.say('/clear')
  await expect(alice.answer('forgotten')).toBeVisible()
  await alice.say('after the clear')
  await bob.sees('after the clear')
  await expect(alice.page.getByText(/clock is 10 minutes ahead/)).toBeVisible()
  await bob.say('welcome')
  await alice.sees('welcome')
  await alice.page.reload()
  await alice.sees('welcome')
  await alice.say('after the reload')
  await bob.sees('after the reload')
})
