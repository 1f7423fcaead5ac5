import { expect, test } from 'vitest'
import { Chat } from '../chat.ts'
import { MemoryHistory } from '../memory-history.ts'
import { systemRuntime } from '../runtime.ts'
import { MemorySettings } from '../settings.ts'
import { alice, logId, must } from '../testing/people.ts'
import { en } from '../text/en.ts'
import type { Context, NoticeState, Screen } from './command.ts'
import { complete } from './complete.ts'
import { commands } from './registry.ts'
import { submit } from './submit.ts'

async function begin(settings: MemorySettings): Promise<Chat> {
  const history = new MemoryHistory(logId('alice'))
  const chat = new Chat({ identity: alice.identity, history, settings, runtime: systemRuntime() })
  await chat.start()
  return chat
}

async function said(chat: Chat, text: string, notices?: () => NoticeState): Promise<string> {
  const room = must(await chat.open('garden'))
  const screen = { ...(notices === undefined ? {} : { notices }) } as Screen
  const { signal } = new AbortController()
  const context: Context = { chat, room, words: en, screen, commands, version: '1.2.3', signal }
  const submitted = must(await submit(text, context))
  return submitted.kind === 'ran' ? (submitted.answer?.text ?? '') : 'said'
}

test('/notify says what holds, sets it, and outlives a restart', async () => {
  const settings = new MemorySettings()
  const chat = await begin(settings)
  const shown = (): NoticeState => 'shown'
  expect(await said(chat, '/notify', shown)).toBe(en.notify('garden', 'mentions'))
  expect(await said(chat, '/notify ALL', shown)).toBe(en.notify('garden', 'all'))
  expect(await said(chat, '/notify', shown)).toBe(en.notify('garden', 'all'))
  await chat.stop()
  const again = await begin(settings)
  expect([again.notifyOf('garden'), again.notifyOf('constructor')]).toEqual(['all', 'mentions'])
  await again.stop()
})

test('/notify sound holds for all rooms and outlives a restart, until /notify silent', async () => {
  const settings = new MemorySettings()
  const chat = await begin(settings)
  const shown = (): NoticeState => 'shown'
  expect(await said(chat, '/notify Sound', shown)).toBe(en.notifiesAloud(true))
  expect(await said(chat, '/notify all', shown)).toBe(
    `${en.notify('garden', 'all')} ${en.notifiesAloud(true)}`,
  )
  expect(await said(chat, '/notify none', shown)).toBe(en.notify('garden', 'none'))
  await chat.stop()
  const again = await begin(settings)
  expect([again.notifiesAloud, again.notifyOf('garden')]).toEqual([true, 'none'])
  expect(await said(again, '/notify silent', shown)).toBe(en.notifiesAloud(false))
  expect(again.notifiesAloud).toBe(false)
  await again.stop()
})

test('/notify says in a sentence why nothing will be shown', async () => {
  const chat = await begin(new MemorySettings())
  for (const state of ['blocked', 'unasked', 'never'] as const)
    expect(await said(chat, '/notify all', () => state)).toBe(
      `${en.notify('garden', 'all')} ${en.notices(state)}`,
    )
  expect(await said(chat, '/notify all')).toContain(en.notices('never'))
  expect(await said(chat, '/notify none', () => 'blocked')).toBe(en.notify('garden', 'none'))
  await chat.stop()
})

test('/notify refuses what is no level, and offers those there are', async () => {
  const chat = await begin(new MemorySettings())
  expect(await said(chat, '/notify loudly')).toBe(
    '/notify: “loudly” cannot be what is told of a room, or how: all, mentions, none, sound, silent.',
  )
  expect(chat.notifyOf('garden')).toBe('mentions')
  const room = must(await chat.open('garden'))
  const offered = complete('/notify ', { chat, room }).suggestions.map(({ text }) => text)
  expect(offered).toEqual(
    ['all', 'mentions', 'none', 'sound', 'silent'].map((word) => `/notify ${word}`),
  )
  await chat.stop()
})
