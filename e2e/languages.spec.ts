import type { Page } from '@playwright/test'
import { expect, test } from './test.ts'

const THAI = { locale: 'th-TH', timezoneId: 'Asia/Bangkok' } as const

function thaiBox(page: Page): ReturnType<Page['getByRole']> {
  return page.getByRole('textbox', { name: 'ข้อความ', exact: true })
}

test('a Thai browser speaks Thai, an English one English, and they understand each other', async ({
  someone,
}) => {
  const somchai = await someone({ browser: THAI })
  const alice = await someone()
  await alice.isLive(1)
  await expect(somchai.page.locator('html')).toHaveAttribute('lang', 'th')
  await expect(alice.page.locator('html')).toHaveAttribute('lang', 'en')
  await expect(somchai.page.getByRole('status', { name: 'การเชื่อมต่อ' })).toHaveText('ออนไลน์ · 1')
  await expect(somchai.page.getByRole('navigation', { name: 'ห้อง' })).toBeVisible()
  await expect(somchai.page.getByRole('complementary', { name: 'ผู้คน' })).toContainText('โดยตรง')
  await thaiBox(somchai.page).fill('นี่คือ**สำคัญ**มาก')
  await thaiBox(somchai.page).press('Enter')
  await alice.sees('นี่คือสำคัญมาก')
  await expect(alice.message('สำคัญ').locator('strong')).toHaveText('สำคัญ')
  await thaiBox(somchai.page).fill('/jion สวน')
  await thaiBox(somchai.page).press('Enter')
  await expect(somchai.page.getByText('คุณหมายถึง /join ใช่ไหม')).toBeVisible()
  await thaiBox(somchai.page).fill('/who')
  await thaiBox(somchai.page).press('Enter')
  await expect(somchai.page.getByText(/ใน p2p-chat-default \(1\):/)).toBeVisible()
})

test('the language is switched where one is, with nothing lost, and is kept', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/r/garden' })
  const fetched: string[] = []
  alice.page.on('request', (request) => fetched.push(new URL(request.url()).pathname))
  await alice.isLive(0)
  await alice.say('said before')
  await alice.sees('said before')
  await alice.composer.fill('half a sentence')
  await alice.page.goto(`${alice.page.url().replace(/#.*/, '')}#/r/kitchen`)
  await expect(alice.composer).toHaveValue('')
  // Nobody who reads English is made to fetch Thai.
  expect(fetched.filter((path) => /\/th-[^/]*\.js$/.test(path))).toEqual([])
  await alice.say('/lang klingon')
  await expect(
    alice.answer(
      '“klingon” is not a language of this program. There are en (English) and th (ไทย).',
    ),
  ).toBeVisible()
  const loads = await alice.page.evaluate(() => performance.timeOrigin)
  await alice.say('/lang th')
  await expect(alice.page.getByText('ตอนนี้ทุกอย่างที่นี่เป็นภาษาไทยแล้ว')).toBeVisible()
  await expect(alice.page.locator('html')).toHaveAttribute('lang', 'th')
  await expect(thaiBox(alice.page)).toBeFocused()
  expect(await alice.page.evaluate(() => performance.timeOrigin)).toBe(loads)
  const rooms = alice.page.getByRole('navigation', { name: 'ห้อง' })
  await expect(rooms.getByRole('link', { name: /garden/ })).toContainText('ฉบับร่าง')
  await rooms.getByRole('link', { name: /garden/ }).click()
  await expect(thaiBox(alice.page)).toHaveValue('half a sentence')
  await expect(alice.page.getByText('said before')).toBeVisible()
  await alice.page.reload()
  await expect(thaiBox(alice.page)).toHaveValue('half a sentence')
  await thaiBox(alice.page).fill('/lang english')
  await thaiBox(alice.page).press('Enter')
  await expect(alice.answer('Everything here is in English now.')).toBeVisible()
})

test('Thai that cannot be fetched leaves English, and says so', async ({ someone }) => {
  // A service worker would have it by now.
  const alice = await someone({ unkept: true })
  await expect(alice.composer).toBeVisible()
  await alice.context.route(/\/th-[^/]*\.js$/, (route) => route.abort())
  await alice.say('/lang th')
  await expect(alice.answer('The words in ไทย could not be fetched')).toBeVisible()
  await expect(alice.page.locator('html')).toHaveAttribute('lang', 'en')
})

test('colours, density and text size are as they were chosen, before anything is painted', async ({
  someone,
}) => {
  const alice = await someone({
    colorScheme: 'light',
    script: () => {
      const frames: string[] = []
      Object.assign(window, { frames_: frames })
      const look = (): void => {
        const { documentElement: root, body } = document
        // Before there is a body, nothing can be painted.
        if (body !== null) frames.push(getComputedStyle(root).colorScheme)
        if (frames.length < 100) requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    },
  })
  const paper = (): Promise<string> =>
    alice.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const size = (): Promise<number> =>
    alice.page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize))
  const light = await paper()
  const normal = await size()
  await alice.say('/theme sepia')
  await expect(alice.answer('There is no theme “sepia”. There are light, dark,')).toBeVisible()
  await alice.say('/theme dark')
  await alice.say('/theme compact')
  await alice.say('/theme larger')
  await expect(alice.answer('Colours: dark · lines: compact · text: 112.5 %')).toBeVisible()
  const dark = await paper()
  expect(dark).not.toBe(light)
  expect(await size()).toBeCloseTo(normal * 1.125, 1)
  await alice.page.reload()
  await expect(alice.composer).toBeVisible()
  expect(await paper()).toBe(dark)
  expect(await size()).toBeCloseTo(normal * 1.125, 1)
  const frames = await alice.page.evaluate(
    () => (window as unknown as { readonly frames_: readonly string[] }).frames_,
  )
  expect(new Set(frames)).toEqual(new Set(['dark']))
  // The frame that a phone draws around the page belongs to it.
  const frame = alice.page.locator('meta[name="theme-color"]').first()
  await expect(frame).toHaveAttribute('content', dark)
  await alice.say('/theme system')
  expect(await paper()).toBe(light)
  await expect(frame).toHaveAttribute('content', '#f8f9f8')
})

test('a look and a language that make no sense are as if none were chosen', async ({ someone }) => {
  const alice = await someone({
    script: () => {
      localStorage.setItem('p2p-chat-look', '{"theme":"</style>","size":"1e9","density":7}')
      localStorage.setItem('p2p-chat-language', '["th"]')
    },
  })
  await expect(alice.composer).toBeVisible()
  await alice.say('/theme')
  await expect(alice.answer('Colours: as the system is · lines: cosy · text: 100 %')).toBeVisible()
})
