import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './test.ts'

test('a colon and a few letters are an emoji, by the keyboard alone; a time and an address stay as they are', async ({
  someone,
}) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  const { page, composer, palette } = alice
  const tables = (): Promise<number> =>
    page.evaluate(
      () =>
        performance.getEntriesByType('resource').filter(({ name }) => name.includes('/emoji-'))
          .length,
    )
  await composer.focus()
  await page.keyboard.type('at 12:30 see https://example.org :D')
  await expect(palette).toBeHidden()
  await composer.fill('')
  expect(await tables()).toBe(1)
  await page.keyboard.type('well :smi')
  await expect(palette.getByRole('option', { name: '😄 :smile:' })).toHaveAttribute(
    'aria-selected',
    'true',
  )
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.keyboard.press('Tab')
  await expect(composer).toHaveValue('well 😄 ')
  await page.keyboard.press('Tab')
  await expect(composer).toHaveValue('well 😃 ')
  await expect(composer).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(palette).toBeHidden()
  await page.keyboard.type('done')
  await page.keyboard.press('Enter')
  await bob.sees('well 😃 done')
  // In the middle of a sentence, and the one used last comes first now.
  await page.keyboard.type('so  it is')
  for (let i = 0; i < ' it is'.length; i++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.type(':smi')
  await expect(palette.getByRole('option').first()).toHaveAccessibleName('😃 :smiley:')
  await page.keyboard.press('Enter')
  await page.keyboard.type('!')
  await expect(composer).toHaveValue('so 😃 !it is')
  await composer.fill('')
  await page.keyboard.type(':smi')
  await page.keyboard.press('Escape')
  await expect(palette).toBeHidden()
  await page.keyboard.press('Enter')
  await expect(bob.log.getByRole('article', { name: /: :smi$/ })).toHaveCount(1)
})
