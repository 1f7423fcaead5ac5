import { flushSync } from 'svelte'
import { afterEach, expect, test, vi } from 'vitest'
import { TestPage } from './test-page.ts'

let page: TestPage

afterEach(() => page.close())

test('a command that needs a network says why it does nothing while there is none', async () => {
  page = new TestPage()
  await page.begin()
  const says = async (text: string, disabled: string, why: string): Promise<void> => {
    if (page.app.current !== undefined) page.app.current.composer.text = text
    await vi.waitFor(() => {
      flushSync()
      const option = document.querySelector('[role="option"]')
      expect(option?.textContent).toContain(why)
      expect(option?.getAttribute('aria-disabled')).toBe(disabled)
    })
  }
  await says('/mesh', 'true', 'The network is not up yet')
  await says('/who', 'false', 'Who is in this room')
})
