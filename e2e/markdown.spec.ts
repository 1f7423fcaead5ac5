import { expect, test } from './test.ts'

test('light Markdown is drawn, and links say where they lead', async ({ someone }) => {
  const alice = await someone({ path: '/#/r/marked' })
  const bob = await someone({ path: '/#/r/marked' })
  await alice.isLive(1)
  await alice.say('**bold** `code` <b>text</b> [a bank](https://evil.example/x)')
  const message = bob.message(/bold/)
  await expect(message.locator('strong')).toHaveText('bold')
  await expect(message.locator('code')).toHaveText('code')
  await expect(message.locator('b')).toHaveCount(0)
  const link = message.getByRole('link', { name: 'a bank' })
  await expect(link).toHaveAttribute('href', 'https://evil.example/x')
  await expect(link).toHaveAttribute('rel', /noopener/)
  await expect(message).toContainText('a bank (evil.example)')
})

test('a block of code is copied by its button, a run of messages as clean lines', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/r/copied' })
  await alice.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const clipboard = (): Promise<string> => alice.page.evaluate(() => navigator.clipboard.readText())
  await alice.composer.fill('```ts\nlet a = 1\n  let b = 2\n```')
  await alice.composer.press('Enter')
  await alice.say('and *then* this')
  const articles = alice.log.getByRole('article')
  await expect(articles).toHaveCount(2)
  await articles.first().getByRole('button', { name: 'Copy code' }).click()
  await expect(articles.first().getByRole('button', { name: 'Copied' })).toBeVisible()
  expect(await clipboard()).toBe('let a = 1\n  let b = 2')
  const name = await articles.first().getAttribute('data-name')
  await alice.log.evaluate((log) => {
    getSelection()?.selectAllChildren(log)
  })
  await alice.page.keyboard.press('Control+c')
  await expect.poll(clipboard).toBe(`<${name}> let a = 1\n  let b = 2\n<${name}> and then this`)
})

test('a block of code that the browser lets no program copy is selected, and the person told', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/r/by-hand' })
  const errors: string[] = []
  alice.page.on('pageerror', (error) => errors.push(String(error)))
  await alice.page.evaluate(() => {
    navigator.clipboard.writeText = () =>
      Promise.reject(new DOMException('not here', 'NotAllowedError'))
  })
  await alice.composer.fill('```ts\nlet a = 1\n```')
  await alice.composer.press('Enter')
  await alice.log.getByRole('button', { name: 'Copy code' }).click()
  await expect(alice.log.getByText('The code is selected: copy it yourself')).toBeVisible()
  expect(await alice.page.evaluate(() => String(getSelection()))).toBe('let a = 1')
  expect(errors).toEqual([])
})

test('a room that is named or linked in a message opens in place, by pointer and by keyboard', async ({
  someone,
  relay,
}) => {
  const alice = await someone({ path: '/#/r/marked' })
  const { page, context } = alice
  const room = page.getByRole('heading', { level: 1 })
  await alice.say(`come to ${relay.url}/#/r/roses or #tulips`)
  await alice.message('come to').getByRole('link', { name: '/#/r/roses' }).click()
  await expect(room).toHaveText('roses')
  await page.goBack()
  await expect(room).toHaveText('marked')
  const tulips = alice.message('come to').getByRole('link', { name: '#tulips' })
  await tulips.focus()
  await page.keyboard.press('Enter')
  await expect(room).toHaveText('tulips')
  await expect(alice.composer).toBeVisible()
  expect(context.pages()).toHaveLength(1)
  await page.goBack()
  const opened = context.waitForEvent('page')
  await tulips.click({ modifiers: ['ControlOrMeta'] })
  await (await opened).close()
  await expect(room).toHaveText('marked')
})
