import type { Page } from '@playwright/test'
import { ROOM, openWired, readUp, test } from './hostile.ts'
import { hostileTexts } from './hostile-texts.ts'
import type { Line } from './relay.ts'
import { expect } from './test.ts'

const SEED = 26
const TEXTS = 10_000
const IN_A_LINE = 4
/** So that a page of the log, however tall its texts, is drawn at once. */
const TALL = { width: 1_200, height: 4_000 }

/** Names are what somebody claims; topics and kinds of the future carry texts, too. */
function lineOf(content: string, i: number): Line {
  const name = i % 3 === 0 ? { username: content.slice(-200).toWellFormed() } : {}
  if (i % 11 === 0) return { ...name, content, kind: 'action' }
  if (i % 13 === 0) return { ...name, content, kind: 'topic', body: { topic: content } }
  if (i % 17 === 0) return { ...name, content, kind: 'of-the-future', body: { html: content } }
  return { ...name, content }
}

/** Several in a message, a paragraph each; a fence would have all behind it stand as code, so it comes last. */
function together(texts: readonly string[]): readonly string[] {
  const [fenced = [], plain = []] = [true, false].map((fence) =>
    texts.filter((text) => text.includes('```') === fence),
  )
  const groups = Array.from({ length: Math.ceil(plain.length / IN_A_LINE) }, (_, i) =>
    plain.slice(i * IN_A_LINE, (i + 1) * IN_A_LINE),
  )
  return [...groups.map((group) => group.join('\n\n')), ...fenced]
}

/** Each line is written and sent as somebody would who types fast, one in so many ms. */
function type(page: Page, lines: readonly string[], everyMs: number): Promise<void> {
  return page.evaluate(
    async ([lines, everyMs]) => {
      const box = document.querySelector<HTMLTextAreaElement>('#composer')
      if (box === null) throw new Error('no composer')
      for (const line of lines) {
        box.value = line
        box.dispatchEvent(new InputEvent('input', { bubbles: true }))
        await new Promise(requestAnimationFrame)
        const key = { key: 'Enter', bubbles: true, cancelable: true }
        box.dispatchEvent(new KeyboardEvent('keydown', key))
        await new Promise((resolve) => setTimeout(resolve, everyMs))
      }
    },
    [lines, everyMs] as const,
  )
}

test('the tripwire tells of a script, of what does not belong into a log, and of a call elsewhere', async ({
  browser,
  relay,
}) => {
  const { person, wire } = await openWired(browser, relay.url)
  await person.isLive(0)
  await wire.isUntouched()
  await person.page.evaluate(async () => {
    const image = document.createElement('img')
    try {
      image.setAttribute('onerror', 'tripped(1)')
    } catch {
      // The policy forbids it, and tells.
    }
    image.src = 'x'
    document.querySelector('[role=log]')?.append(image)
    alert(1)
    await fetch('https://evil.example/').catch(() => undefined)
  })
  const signs = [
    'policy(require-trusted-types-for',
    'alert(1)',
    '<img src=',
    'https://evil.example/',
  ]
  for (const sign of signs) await expect(wire.isUntouched()).rejects.toThrow(sign)
  await person.close()
})

test(`${TEXTS} texts that would run a script or call elsewhere do neither, as words, names, topics`, async ({
  afterLines,
}) => {
  test.slow()
  test.info().annotations.push({ type: 'seed', description: String(SEED) })
  const lines = together(hostileTexts(SEED, TEXTS)).map(lineOf)
  const { person, wire } = await afterLines(lines, TALL)
  await expect
    .poll(async () => (await person.entries()).length, { timeout: 30_000 })
    .toBeGreaterThan(20)
  expect(await readUp(person.page, lines.length)).toBe(lines.length)
  await wire.isUntouched()
  // Names are offered, texts found.
  await person.composer.fill('@')
  await expect(person.page.getByRole('option').first()).toBeVisible()
  await person.say('/search script')
  await expect(person.answer('script').getByRole('listitem').first()).toBeVisible()
  await wire.isUntouched()
})

test('the same as names, topics and reasons of somebody present, as rooms, and as commands', async ({
  browser,
  relay,
}) => {
  test.slow()
  const url = `${relay.url}/#/r/${ROOM}`
  const [alice, bob] = [await openWired(browser, url), await openWired(browser, url)]
  await Promise.all([alice.person.isLive(1), bob.person.isLive(1)])
  const texts = hostileTexts(SEED + 1, 60).map((text) => text.replaceAll('\n', ' '))
  const names = texts.map((text) => text.slice(0, 32).toWellFormed())
  const seen = bob.person.page.evaluate(async () => {
    const seen = { names: new Set<string>(), reasons: new Set<string>(), topics: new Set<string>() }
    const add = (to: Set<string>, selector: string): void => {
      const text = document.querySelector(selector)?.textContent?.trim()
      if (text !== undefined && text !== '') to.add(text)
    }
    while (document.querySelector('.topic')?.textContent !== 'the last one') {
      add(seen.names, 'aside li + li .name')
      add(seen.reasons, 'aside li + li .how')
      add(seen.topics, '.topic')
      await new Promise(requestAnimationFrame)
    }
    return [seen.names.size, seen.reasons.size, seen.topics.size] as const
  })
  await type(
    alice.person.page,
    texts.flatMap((text, i) => [
      `/nick ${names[i] ?? ''}`,
      `/away ${text.slice(0, 80).toWellFormed()}`,
      ...(i % 3 === 0 ? [`/topic ${text.slice(0, 200).toWellFormed()}`] : []),
    ]),
    10,
  )
  await alice.person.say('/topic the last one')
  const [shownNames, reasons, topics] = await seen
  expect(Math.min(shownNames, reasons, topics)).toBeGreaterThan(10)
  await alice.wire.isUntouched()
  await bob.wire.isUntouched()

  await type(
    alice.person.page,
    texts.slice(0, 20).map((text) => `/join ${text}`),
    0,
  )
  await type(
    alice.person.page,
    texts.slice(20, 40).map((text) => `/${text}`),
    0,
  )
  await alice.person.page.evaluate(async (texts) => {
    for (const text of texts) {
      location.hash = `#/r/${text}`
      await new Promise(requestAnimationFrame)
      location.hash = `#/r/${encodeURIComponent(text)}`
      await new Promise(requestAnimationFrame)
    }
  }, texts)
  await expect(alice.person.page.getByRole('alert').last()).toContainText('cannot be a room')
  await alice.wire.isUntouched()
  for (const { person } of [alice, bob]) {
    await person.close()
    expect(person.errors).toEqual([])
  }
})
