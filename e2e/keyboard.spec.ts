import type { Page } from '@playwright/test'
import { expect, test } from './test.ts'

/** More presses than there are things to reach. */
const PRESSES_MAX = 60

/** Presses Tab, or Shift+Tab, until what is called so has the focus, and sees that the focus shows. */
async function tabTo(page: Page, name: RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const reached: string[] = []
  for (let i = 0; i < PRESSES_MAX; i++) {
    await page.keyboard.press(key)
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      if (!(element instanceof HTMLElement)) return { called: '', shows: false }
      const framed = element.closest('.row') ?? element
      const { outlineStyle, outlineWidth } = getComputedStyle(framed)
      return {
        called: element.ariaLabel ?? element.innerText,
        shows: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1,
      }
    })
    reached.push(focused.called)
    if (!name.test(focused.called)) continue
    expect(focused.shows, `the focus on “${focused.called}” is to be seen`).toBe(true)
    return
  }
  throw new Error(`${key} never leads to ${name}, only to ${reached.join(' | ')}`)
}

test('twenty-five tasks by keyboard alone', async ({ someone }) => {
  test.slow()
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  const { page, composer } = alice
  const { keyboard } = page
  const type = async (line: string): Promise<void> => {
    await keyboard.type(line)
    await keyboard.press('Enter')
  }
  const task = test.step

  await task('1 write from anywhere', async () => {
    await keyboard.type('hello from the keyboard')
    await expect(composer).toBeFocused()
    await expect(composer).toHaveValue('hello from the keyboard')
  })
  await task('2 send', async () => {
    await keyboard.press('Enter')
    await bob.sees('hello from the keyboard')
  })
  await task('3 write two lines', async () => {
    await keyboard.type('one')
    await keyboard.press('Shift+Enter')
    await type('two')
    await bob.sees(/one\s+two/)
  })
  await task('4 complete a command', async () => {
    await keyboard.type('/ni')
    await expect(alice.palette.getByRole('option', { name: /^\/nick/ })).toBeVisible()
    await keyboard.press('Tab')
    await expect(composer).toHaveValue('/nick ')
  })
  await task('5 take a name', async () => {
    await type('key-only')
    await expect(alice.answer('You are key-only now.')).toBeVisible()
  })
  await task('6 choose a command from the list, and run it', async () => {
    await keyboard.press('/')
    const chosen = alice.palette.getByRole('option', { selected: true })
    await expect(chosen).toContainText('/me')
    for (let i = 0; i < PRESSES_MAX && !/^\/who\b/.test(await chosen.innerText()); i++)
      await keyboard.press('ArrowDown')
    await expect(chosen).toContainText('/who')
    await keyboard.press('Enter')
    await expect(alice.answer(/In p2p-chat-default \(1\)/)).toBeVisible()
  })
  await task('7 close the list', async () => {
    await keyboard.press('/')
    await expect(alice.palette).toBeVisible()
    await keyboard.press('Escape')
    await expect(alice.palette).toBeHidden()
    await keyboard.press('Backspace')
    await expect(composer).toHaveValue('')
  })
  await task('8 call for commands amid a sentence, and go on with it', async () => {
    await keyboard.type('half a sentence')
    await keyboard.press('Control+k')
    await expect(alice.palette).toBeVisible()
    await keyboard.type('vers')
    await keyboard.press('Enter')
    await expect(alice.answer(/P2P Chat \d/)).toBeVisible()
    await expect(composer).toHaveValue('half a sentence')
    await keyboard.press('Control+k')
    await keyboard.press('Escape')
    await expect(composer).toHaveValue('half a sentence')
  })
  await task('9 make a word bold', async () => {
    await keyboard.press('Control+Shift+ArrowLeft')
    await keyboard.press('Control+b')
    await expect(composer).toHaveValue('half a **sentence**')
  })
  await task('10 take that back', async () => {
    await keyboard.press('Control+z')
    await expect(composer).toHaveValue('half a sentence')
  })
  await task('11 make all italic, and then code', async () => {
    await keyboard.press('Control+a')
    await keyboard.press('Control+i')
    await expect(composer).toHaveValue('_half a sentence_')
    await keyboard.press('Control+i')
    await keyboard.press('Control+e')
    await expect(composer).toHaveValue('`half a sentence`')
    await keyboard.press('Enter')
    await expect(bob.message('half a sentence').locator('code')).toBeVisible()
  })
  await task('12 bring back what was sent last', async () => {
    await keyboard.press('ArrowUp')
    await expect(composer).toHaveValue('`half a sentence`')
    await keyboard.press('Control+a')
    await keyboard.press('Delete')
  })
  await task('13 walk through what was sent, and back to what is being written', async () => {
    await keyboard.type('not yet sent')
    for (let i = 0; i < 6; i++) await keyboard.press('Control+ArrowUp')
    await expect(composer).not.toHaveValue('not yet sent')
    for (let i = 0; i < 6; i++) await keyboard.press('Control+ArrowDown')
    await expect(composer).toHaveValue('not yet sent')
    await keyboard.press('Control+a')
    await keyboard.press('Delete')
  })
  await task('14 say what one does', async () => {
    await type('/me waves')
    await expect(bob.message('* key-only waves')).toBeVisible()
  })
  await task('15 go up in the messages, one by one, to the first and the last', async () => {
    await tabTo(page, /^Messages$/, 'Shift+Tab')
    await keyboard.press('ArrowUp')
    await expect(alice.message('* key-only waves')).toBeFocused()
    await keyboard.press('Home')
    await expect(alice.log.getByRole('article').first()).toBeFocused()
    await keyboard.press('End')
    await expect(alice.message('* key-only waves')).toBeFocused()
  })
  await task('16 leave them for the box', async () => {
    await keyboard.press('Escape')
    await expect(composer).toBeFocused()
  })
  await task('17 dismiss an answer', async () => {
    await expect(alice.answer('You are key-only now.')).toHaveCount(1)
    await tabTo(page, /^Dismiss this answer$/, 'Shift+Tab')
    const before = await alice.answer('').count()
    await keyboard.press('Enter')
    await expect(alice.answer('')).toHaveCount(before - 1)
  })
  await task('18 join a room', async () => {
    await type('/join cellar')
    await expect(page).toHaveURL(/#\/r\/cellar$/)
    await expect(page.getByRole('heading', { name: /cellar yet/ })).toBeVisible()
  })
  await task('19 select the address to share', async () => {
    await tabTo(page, /^Copy$/, 'Shift+Tab')
    await keyboard.press('Shift+Tab')
    await expect(page.getByLabel('The address to share')).toBeFocused()
    const selected = await page
      .getByLabel('The address to share')
      .evaluate((field: HTMLInputElement) =>
        field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0),
      )
    expect(selected).toMatch(/#\/r\/cellar$/)
  })
  await task('20 go to another room and find the draft again', async () => {
    await tabTo(page, /^Message$/)
    await keyboard.type('a draft for the cellar')
    await tabTo(page, /^p2p-chat-default/, 'Shift+Tab')
    await keyboard.press('Enter')
    await expect(page).toHaveURL(/p2p-chat-default|\/$/)
    await expect(alice.rooms.getByRole('link', { name: /cellar/ })).toContainText('draft')
    await tabTo(page, /cellar/)
    await keyboard.press('Enter')
    await expect(composer).toHaveValue('a draft for the cellar')
  })
  await task('21 ask what the connection is', async () => {
    await tabTo(page, /^Live · 0$/)
    await keyboard.press('Enter')
    await expect(page.getByText('You are connected to the relay')).toBeVisible()
    await tabTo(page, /^Show connections$/)
    await keyboard.press('Enter')
    await expect(alice.answer(/Your Peer ID/)).toBeVisible()
  })
  await task('22 change how it looks, by a completed word', async () => {
    await tabTo(page, /^Message$/)
    await keyboard.press('Control+a')
    await keyboard.type('/theme d')
    await keyboard.press('Tab')
    await expect(composer).toHaveValue('/theme dark')
    await keyboard.press('Enter')
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  })
  await task('23 leave the room', async () => {
    await type('/leave')
    await expect(alice.answer('You left cellar.')).toBeVisible()
    await expect(alice.rooms.getByRole('link', { name: /cellar/ })).toHaveCount(0)
  })
  await task('24 jump over everything to the box', async () => {
    await page.evaluate(() => {
      document.body.tabIndex = -1
      document.body.focus()
      document.body.removeAttribute('tabindex')
    })
    await tabTo(page, /^Skip to the message box$/)
    await keyboard.press('Enter')
    await expect(composer).toBeFocused()
  })
  await task('25 leave, and come back', async () => {
    await type('/quit')
    await tabTo(page, /^Come back$/)
    await keyboard.press('Enter')
    await alice.isLive(1)
    await alice.sees('hello from the keyboard')
  })
})

test('on a narrow screen the drawers are opened and closed by keyboard, and give the focus back', async ({
  someone,
}) => {
  const alice = await someone({ viewport: { width: 320, height: 256 } })
  const { page } = alice
  await alice.isLive(0)
  for (const name of ['Rooms', 'People'] as const) {
    await tabTo(page, new RegExp(`^${name}$`))
    await page.keyboard.press('Enter')
    await expect(page.locator(`[aria-label="${name}"]`)).toBeVisible()
    await expect(page.getByRole('button', { name: 'Close' })).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(page.locator(`[aria-label="${name}"]`)).toBeHidden()
    await expect(page.getByRole('button', { name, exact: true })).toBeFocused()
  }
})
