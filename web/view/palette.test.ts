import { flushSync } from 'svelte'
import { afterEach, expect, test } from 'vitest'
import { TestPage } from './test-page.ts'

let page: TestPage

afterEach(() => page.close())

test('a command that needs a network says why it does nothing while there is none', async () => {
  page = new TestPage()
  await page.begin()
  const says = (text: string): readonly (string | null)[] => {
    if (page.app.current !== undefined) page.app.current.composer.text = text
    flushSync()
    const option = document.querySelector('[role="option"]')
    return [option?.getAttribute('aria-disabled') ?? null, option?.textContent ?? null]
  }
  expect(says('/mesh')).toEqual(['true', expect.stringContaining('The network is not up yet')])
  expect(says('/who')).toEqual(['false', expect.stringContaining('Who is in this room')])
})
