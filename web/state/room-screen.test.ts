import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Chat } from '../../shared/chat.ts'
import type { Answer } from '../../shared/commands/command.ts'
import { StorageError } from '../../shared/history.ts'
import { MemoryHistory } from '../../shared/memory-history.ts'
import type { Room } from '../../shared/room.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { MemorySettings } from '../../shared/settings.ts'
import { NEW_YEAR, alice, bob, carol, entry, lobby, logId } from '../../shared/testing/people.ts'
import { en } from '../text/en.ts'
import type { Composer } from './composer.svelte.ts'
import { LateCommands } from './late-commands.svelte.ts'
import { Drafts } from './drafts.svelte.ts'
import { Emojis } from './emojis.svelte.ts'
import { RoomScreen } from './rooms.svelte.ts'
import type { Timeline } from './timeline.svelte.ts'

const runtime = systemRuntime()
const { clock } = runtime
let history: MemoryHistory
let chat: Chat
let drafts: Drafts
let screen: RoomScreen
let composer: Composer
let timeline: Timeline
let answers: Answer[]
let mute: boolean
let usedEmojis: unknown
let commands: LateCommands
/** The place that the commands come from does not answer. */
let unreachable: boolean

beforeEach(async () => {
  history = new MemoryHistory(logId('alice'))
  const settings = new MemorySettings()
  await settings.set('name', 'alice')
  // She was here before: what is said meanwhile is missed.
  await settings.set('joinedAt', { lobby: NEW_YEAR / 1_000 })
  chat = new Chat({ identity: alice.identity, history, settings, runtime })
  await chat.start()
  drafts = new Drafts(clock)
  answers = []
  mute = false
  usedEmojis = undefined
  unreachable = false
  commands = lateCommands()
  await commands.want()
  open()
})

function lateCommands(): LateCommands {
  const answers = (): ReturnType<typeof en.answers> =>
    unreachable ? Promise.reject(new TypeError('Failed to fetch')) : en.answers()
  return new LateCommands(() => ({ ...en, answers }))
}

function open(name = 'lobby'): void {
  screen = new RoomScreen(clock, {
    name,
    drafts,
    emojis: new Emojis({ read: () => usedEmojis, write: (used) => (usedEmojis = used) }),
    words: () => en.words,
    commands,
    version: '0.0.0',
    isMute: () => mute,
    screen: {
      showRoom: () => undefined,
      showOlder: () => undefined,
      showEntry: () => Promise.resolve('shown' as const),
      quit: () => Promise.resolve(),
      save: () => Promise.resolve(),
      storage: () => Promise.resolve({ keeps: 'passing' }),
      wipe: () => Promise.resolve(),
    },
    ask: () => (answer) => answers.push(answer),
  })
  ;({ composer, timeline } = screen)
}

afterEach(async () => {
  screen.detach()
  await chat.stop()
})

function texts(): readonly string[] {
  return timeline.rows.flatMap((row) => {
    if (row.kind !== 'message') return []
    return row.item.kind === 'said' ? row.item.entry.content : `(${row.item.content})`
  })
}

async function opened(): Promise<Room> {
  const room = await chat.open('lobby')
  if (!room.ok) throw new Error('the lobby was not opened')
  return room.value
}

async function write(text: string): Promise<void> {
  composer.text = text
  composer.enter()
  await vi.waitFor(() => {
    expect(texts().at(-1)).toBe(text)
  })
}

test('a room whose screen is gone before it is open is not heeded any more', async () => {
  const attaching = screen.attach(chat)
  screen.detach()
  await attaching
  expect(screen.room).toBe(undefined)
  const room = await opened()
  await room.say('to nobody')
  expect(texts()).toEqual([])
})

test('mine of which the disk does not tell where it is claims nothing, and throws at nobody', async () => {
  await screen.attach(chat)
  const thrown: unknown[] = []
  const note = (error: unknown): void => {
    thrown.push(error)
  }
  process.on('unhandledRejection', note)
  vi.spyOn(history, 'deliveries').mockRejectedValue(new StorageError({ kind: 'storage-full' }))
  const room = await opened()
  await room.say('said by a command')
  await vi.waitFor(() => {
    expect(texts()).toEqual(['said by a command'])
  })
  await new Promise((resolve) => setTimeout(resolve, 10))
  process.off('unhandledRejection', note)
  expect(thrown).toEqual([])
})

describe('writing', () => {
  test('what is sent before the room is open stands there at once and is stored once it is', async () => {
    composer.text = 'early'
    composer.enter()
    expect(texts()).toEqual(['(early)'])
    expect(composer.text).toBe('')
    const [before] = timeline.rows.filter(({ kind }) => kind === 'message')
    await screen.attach(chat)
    await vi.waitFor(() => {
      expect(texts()).toEqual(['early'])
    })
    const [after] = timeline.rows.filter(({ kind }) => kind === 'message')
    expect(after?.key).toBe(before?.key)
  })

  test('what the disk refuses stays in place and can be tried again', async () => {
    await screen.attach(chat)
    const say = vi
      .spyOn(history, 'say')
      .mockResolvedValueOnce({ ok: false, failure: { kind: 'storage-full' } })
    composer.text = 'hold on to this'
    composer.enter()
    const refused = await vi.waitFor(() => {
      const row = timeline.rows.find(({ kind }) => kind === 'message')
      if (row?.kind !== 'message' || row.item.kind !== 'pending') throw new Error('not there')
      expect(row.item.failure).toEqual({ kind: 'storage-full' })
      return row.item
    })
    say.mockRestore()
    composer.retry(refused.key, refused.content)
    await vi.waitFor(() => {
      expect(texts()).toEqual(['hold on to this'])
    })
  })

  test('what is sent comes back as a draft as long as it is on no disk', async () => {
    let saved: Readonly<Record<string, string>> = {}
    const store = {
      load: () => Promise.resolve({}),
      save: (all: Readonly<Record<string, string>>) => {
        saved = all
        return Promise.resolve()
      },
    }
    await drafts.attach(store)
    composer.text = 'early'
    composer.enter()
    composer.text = 'and half a'
    expect(saved).toEqual({ lobby: 'early' })
    drafts.save()
    expect(saved).toEqual({ lobby: 'early\nand half a' })
    await screen.attach(chat)
    await vi.waitFor(() => {
      expect(texts()).toEqual(['early'])
    })
    drafts.save()
    expect(saved).toEqual({ lobby: 'and half a' })
  })

  test('what the disk refuses is a draft until it is discarded; a retry leaves the box alone', async () => {
    let saved: Readonly<Record<string, string>> = {}
    await drafts.attach({
      load: () => Promise.resolve({}),
      save: (all) => Promise.resolve(void (saved = all)),
    })
    await screen.attach(chat)
    const say = vi
      .spyOn(history, 'say')
      .mockResolvedValue({ ok: false, failure: { kind: 'storage-full' } })
    composer.text = '//odd'
    composer.enter()
    const refused = async (): Promise<string> =>
      vi.waitFor(() => {
        const row = timeline.rows.find(({ kind }) => kind === 'message')
        if (row?.kind !== 'message' || row.item.kind !== 'pending') throw new Error('not there')
        if (row.item.failure === undefined) throw new Error('not refused')
        return row.item.key
      })
    const first = await refused()
    composer.text = 'something else'
    composer.retry(first, '/odd')
    const second = await refused()
    expect(composer.text).toBe('something else')
    drafts.save()
    expect(saved).toEqual({ lobby: '//odd\nsomething else' })
    composer.discard(second)
    drafts.save()
    expect(saved).toEqual({ lobby: 'something else' })
    say.mockRestore()
  })

  test('what is too long keeps its place in the box, with the reason until it is changed', async () => {
    await screen.attach(chat)
    composer.text = 'x'.repeat(4_001)
    composer.enter()
    expect(composer.refusal).toMatchObject({ kind: 'too-large', actual: 4_001, unit: 'characters' })
    expect(composer.left).toBe(-1)
    composer.text = 'x'.repeat(4_000)
    expect(composer.refusal).toBeUndefined()
    composer.text = '\u0001'.repeat(4_000)
    composer.enter()
    await vi.waitFor(() => {
      expect(composer.refusal).toMatchObject({ kind: 'too-large', unit: 'bytes' })
    })
    expect(composer.text).toHaveLength(4_000)
    expect(texts()).toEqual([])
  })

  test('where nothing can be signed, what is written stays in the box', () => {
    mute = true
    composer.text = 'not lost'
    composer.enter()
    expect(composer.text).toBe('not lost')
    expect(texts()).toEqual([])
  })

  test('two slashes say one', async () => {
    await screen.attach(chat)
    composer.text = '//not a command'
    composer.enter()
    await vi.waitFor(() => {
      expect(texts()).toEqual(['/not a command'])
    })
  })

  test('what was sent comes back, and an empty box after it', async () => {
    await screen.attach(chat)
    await write('one')
    await write('two')
    composer.recall(1)
    expect(composer.text).toBe('two')
    composer.recall(1)
    composer.recall(1)
    expect(composer.text).toBe('one')
    composer.recall(-1)
    composer.recall(-1)
    expect(composer.text).toBe('')
  })

  test('what was being written comes back from a walk through what was sent', async () => {
    await screen.attach(chat)
    await write('one')
    composer.text = 'half a sen'
    composer.recall(-1)
    expect(composer.text).toBe('half a sen')
    composer.recall(1)
    expect(composer.text).toBe('one')
    composer.recall(-1)
    expect(composer.text).toBe('half a sen')
  })

  test('what I said before the page was opened is recalled, as it was typed, a hundred at most', async () => {
    const room = await opened()
    for (let i = 0; i < 105; i++) await room.say(`number ${i}`)
    await room.say('waves', 'action')
    await room.say('/not a command')
    await screen.attach(chat)
    await vi.waitFor(() => {
      expect(timeline.loaded).toBe(true)
    })
    const recalled: string[] = []
    // What is far up comes from the disk while one walks.
    await vi.waitFor(() => {
      for (let i = 0; i < 60; i++) {
        composer.recall(1)
        if (composer.text !== recalled.at(-1)) recalled.push(composer.text)
      }
      expect(recalled).toHaveLength(100)
    })
    expect(recalled.slice(0, 3)).toEqual(['//not a command', '/me waves', 'number 104'])
    expect(recalled.at(-1)).toBe('number 7')
    composer.recall(1)
    expect(composer.text).toBe('number 7')
  })

  test('what was recalled and written on stands aside like a draft, and takes the place of none', async () => {
    await screen.attach(chat)
    await write('one')
    await write('two')
    composer.recall(1)
    composer.text = 'two and a half'
    composer.recall(1)
    expect(composer.text).toBe('two')
    composer.text = 'three'
    composer.recall(1)
    expect(composer.text).toBe('three')
    composer.text = ''
    expect(composer.text).toBe('two and a half')
    composer.recall(1)
    composer.recall(1)
    expect(composer.text).toBe('one')
    composer.recall(-1)
    composer.recall(-1)
    expect(composer.text).toBe('two and a half')
  })

  test('commands are called for amid a sentence, which comes back and outlives a reload', async () => {
    const saved: Readonly<Record<string, string>>[] = []
    await drafts.attach({
      load: () => Promise.resolve(undefined),
      save: (all) => Promise.resolve(void saved.push(all)),
    })
    await screen.attach(chat)
    composer.text = 'half a sen'
    composer.askForCommand()
    expect([composer.text, composer.open]).toEqual(['/', true])
    drafts.save()
    expect(saved.at(-1)?.['lobby']).toContain('half a sen')
    composer.closeList()
    expect([composer.text, composer.open]).toEqual(['half a sen', false])
    composer.askForCommand()
    composer.askForCommand()
    expect(composer.text).toBe('half a sen')
    composer.askForCommand()
    composer.text = '/version'
    composer.enter()
    expect(composer.text).toBe('half a sen')
    await vi.waitFor(() => {
      expect(answers.at(-1)?.text).toBe('P2P Chat 0.0.0')
    })
    drafts.save()
    expect(saved.at(-1)?.['lobby']).toBe('half a sen')
  })

  test('the slash that calls for commands is no draft, and nothing that comes back', async () => {
    const saved: Readonly<Record<string, string>>[] = []
    await drafts.attach({
      load: () => Promise.resolve(undefined),
      save: (all) => Promise.resolve(void saved.push(all)),
    })
    await screen.attach(chat)
    composer.askForCommand()
    drafts.save()
    expect(saved.at(-1)).toEqual({})
    composer.closeList()
    expect(composer.text).toBe('')
    composer.text = 'half a sen'
    composer.askForCommand()
    drafts.save()
    expect(saved.at(-1)).toEqual({ lobby: 'half a sen' })
    composer.closeList()
    composer.text = '/'
    composer.closeList()
    composer.askForCommand()
    composer.choose(composer.suggestions.findIndex(({ text }) => text === '/version'))
    await vi.waitFor(() => {
      expect(answers.at(-1)?.text).toBe('P2P Chat 0.0.0')
    })
    expect(composer.text).toBe('')
  })

  test('a button that begins a command takes nothing from what is being written', async () => {
    await screen.attach(chat)
    composer.text = 'half a sen'
    composer.begin('/nick ')
    expect(composer.text).toBe('/nick ')
    composer.begin('/join ')
    expect(composer.text).toBe('/join ')
    composer.text = '/version'
    composer.enter()
    expect(composer.text).toBe('half a sen')
  })

  test('what was put aside takes the place of no command that Tab has completed, nor of another text', async () => {
    await screen.attach(chat)
    vi.spyOn(chat.company, 'around').mockReturnValue([
      { id: bob.peerId, name: 'bob' },
      { id: carol.peerId, name: 'bobby' },
    ])
    composer.text = 'half a sen'
    composer.askForCommand()
    composer.text = '/notify '
    composer.tab(1)
    composer.enter()
    expect(composer.text).toBe('/notify all')
    composer.closeList()
    expect(composer.text).toBe('half a sen')
    composer.askForCommand()
    composer.text = 'to @bob'
    expect(composer.open).toBe(true)
    composer.closeList()
    expect([composer.text, composer.open]).toEqual(['to @bob', false])
  })

  test('a draft is kept, and what is being written is not overwritten by an older one', async () => {
    const saved: Readonly<Record<string, string>>[] = []
    composer.text = 'new'
    await drafts.attach({
      load: () => Promise.resolve({ lobby: 'old', garden: 'kept' }),
      save: (all) => Promise.resolve(void saved.push(all)),
    })
    drafts.save()
    expect(saved).toEqual([{ lobby: 'new', garden: 'kept' }])
  })
})

test('a room that the disk would not open at first is no failure once it is open', async () => {
  open('garden')
  vi.spyOn(history, 'floor').mockRejectedValueOnce(new StorageError({ kind: 'storage-full' }))
  await screen.attach(chat)
  expect(screen.failure).toEqual({ kind: 'storage-full' })
  await screen.attach(chat)
  expect([screen.room?.name, screen.failure]).toEqual(['garden', undefined])
})

describe('emojis', () => {
  /** As a person types it, to the end; the names are fetched at the first colon. */
  async function type(text: string): Promise<void> {
    composer.type(text, text.length)
    await vi.waitFor(() => {
      expect(composer.open).toBe(true)
    })
  }

  test('Tab walks through them, Enter takes the one that stands there, and once more sends it', async () => {
    await screen.attach(chat)
    await type('well :smi')
    expect(composer.selected).toBe(0)
    composer.tab(1)
    expect(composer.text).toBe('well 😄 ')
    composer.tab(1)
    expect([composer.text, composer.open]).toEqual(['well 😃 ', true])
    composer.tab(-1)
    expect(composer.text).toBe('well 😄 ')
    composer.enter()
    expect([composer.text, composer.open]).toEqual(['well 😄 ', false])
    composer.enter()
    expect(composer.text).toBe('')
    await vi.waitFor(() => {
      expect(usedEmojis).toEqual(['😄'])
    })
  })

  test('Enter takes the first one, Esc leaves what was typed', async () => {
    await screen.attach(chat)
    await type(':tad')
    composer.enter()
    expect([composer.text, composer.open]).toEqual(['🎉 ', false])
    await type(':tad')
    composer.closeList()
    expect([composer.text, composer.open]).toEqual([':tad', false])
    composer.enter()
    await vi.waitFor(() => {
      expect(texts()).toEqual([':tad'])
    })
  })

  test('they are completed in what a command says, and not in its name or values', async () => {
    await screen.attach(chat)
    await type('/me :wav')
    composer.enter()
    expect(composer.text).toBe('/me 👋 ')
    for (const text of ['/:wav', '/join :wav', '/theme :wav']) {
      composer.type(text, text.length)
      expect(composer.suggestions.filter(({ kind }) => kind === 'emoji')).toEqual([])
    }
  })
})

describe('commands that are not there yet', () => {
  beforeEach(async () => {
    commands = lateCommands()
    open()
    await screen.attach(chat)
  })

  test('one that is sent stays in the box until they come, and runs once however often it is sent', async () => {
    composer.text = '/version'
    composer.enter()
    composer.enter()
    expect([composer.text, answers]).toEqual(['/version', []])
    await vi.waitFor(() => {
      expect(answers.map(({ text }) => text)).toEqual(['P2P Chat 0.0.0'])
    })
    expect(composer.text).toBe('')
    composer.text = '/version'
    composer.enter()
    await vi.waitFor(() => {
      expect(answers).toHaveLength(2)
    })
  })

  test('the list opens by itself once they are there', async () => {
    composer.type('/jo', 3)
    expect(composer.open).toBe(false)
    await vi.waitFor(() => {
      expect(composer.suggestions[0]?.text).toBe('/join ')
    })
  })

  test('where they cannot be fetched it is said, nothing is lost, and the next try may succeed', async () => {
    unreachable = true
    composer.type('/version', 8)
    composer.enter()
    await vi.waitFor(() => {
      expect(answers.map(({ text }) => text)).toEqual([en.words.notLoaded()])
    })
    expect(composer.text).toBe('/version')
    unreachable = false
    composer.enter()
    await vi.waitFor(() => {
      expect(answers.at(-1)?.text).toBe('P2P Chat 0.0.0')
    })
    expect(composer.text).toBe('')
  })
})

describe('commands', () => {
  test('a list is open while a name is typed; Enter completes what needs more and runs what does not', async () => {
    await screen.attach(chat)
    composer.text = '/jo'
    expect(composer.open).toBe(true)
    composer.enter()
    expect(composer.text).toBe('/join ')
    composer.text = '/vers'
    composer.enter()
    await vi.waitFor(() => {
      expect(answers.map(({ text }) => text)).toEqual(['P2P Chat 0.0.0'])
    })
    expect(composer.text).toBe('')
  })

  test('a whole name runs, though others begin with it or arguments could follow', async () => {
    await screen.attach(chat)
    composer.text = '/nick'
    composer.enter()
    await vi.waitFor(() => {
      expect(answers[0]?.text).toContain('You are alice')
    })
  })

  test('the arrows choose, across the groups in the order in which they stand', async () => {
    await screen.attach(chat)
    composer.text = '/'
    expect(composer.selected).toBe(0)
    composer.move(-1)
    expect(composer.selected).toBe(composer.suggestions.length - 1)
    composer.move(1)
    composer.move(1)
    composer.take(composer.selected)
    expect(composer.text).toBe('/shrug ')
  })

  test('Tab walks through the people and rooms that fit, back again with Shift, and Enter takes one', async () => {
    await screen.attach(chat)
    for (const name of ['garden', 'garage']) await chat.open(name)
    composer.type('see #ga now', 'see #ga'.length)
    expect(composer.suggestions.map((each) => 'value' in each && each.value)).toEqual([
      '#garden',
      '#garage',
    ])
    expect(composer.tab(-1)).toBe(false)
    const walked = [1, 1, 1, -1].map((step) => {
      composer.tab(step < 0 ? -1 : 1)
      return composer.text
    })
    const [garden, garage] = ['see #garden now', 'see #garage now']
    expect(walked).toEqual([garden, garage, garden, garage])
    expect([composer.place, composer.selected]).toEqual(['see #garage '.length, 1])
    composer.enter()
    expect([composer.open, composer.text]).toEqual([false, garage])
    composer.enter()
    await vi.waitFor(() => {
      expect(texts()).toEqual([garage])
    })
  })

  test('Enter completes a mention, and sends nothing while its list is open', async () => {
    await screen.attach(chat)
    composer.type('see #lob', 'see #lob'.length)
    expect(composer.selected).toBe(0)
    composer.enter()
    expect([composer.text, composer.open, texts()]).toEqual(['see #lobby ', false, []])
  })

  test('others are told that I write what they will read, and nothing else', async () => {
    await screen.attach(chat)
    const told = vi.spyOn(chat.company, 'write')
    for (const text of ['', '  ', '/', '/topic roses', '/me', '/me ']) composer.type(text, 0)
    expect(told).not.toHaveBeenCalled()
    for (const text of ['h', '//', '/me w']) composer.type(text, 0)
    expect(told).toHaveBeenCalledTimes(3)
  })

  test('in a list that is closed nothing is chosen', async () => {
    await screen.attach(chat)
    composer.text = '/h'
    composer.move(1)
    expect(composer.selected).toBe(1)
    composer.closeList()
    expect(composer.selected).toBe(-1)
  })

  test('Esc closes the list until the text changes', async () => {
    await screen.attach(chat)
    composer.text = '/h'
    composer.closeList()
    expect(composer.open).toBe(false)
    composer.text = '/he'
    expect(composer.open).toBe(true)
  })

  test('one that is unknown stays in the box and says what was meant', async () => {
    await screen.attach(chat)
    composer.text = '/jion garden'
    composer.enter()
    await vi.waitFor(() => {
      expect(answers[0]?.text).toBe('Unknown command: /jion — did you mean /join?')
    })
    expect(composer.text).toBe('/jion garden')
    expect(texts()).toEqual([])
  })
})

describe('reading', () => {
  test('the newest page is there at once, older ones follow, and the beginning is known', async () => {
    const all = Array.from({ length: 100 }, (_, i) =>
      entry(bob, { content: `${i}`, seq: i + 1, clock: NEW_YEAR + i }),
    )
    await history.add(await Promise.all(all))
    await screen.attach(chat)
    expect(texts()).toHaveLength(60)
    while (!timeline.complete) {
      const read = texts().length
      await timeline.older()
      expect(texts().length).toBeGreaterThan(read)
    }
    expect(texts()).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`))
  })

  test('what is cleared leaves the screen', async () => {
    await screen.attach(chat)
    await write('gone soon')
    composer.text = '/clear unsent'
    composer.enter()
    await vi.waitFor(() => {
      expect(texts()).toEqual([])
    })
    expect([timeline.empty, timeline.cleared]).toEqual([true, true])
  })

  test('what comes while nobody looks is counted, and counted no more once somebody does', async () => {
    await screen.attach(chat)
    const { room } = screen
    const stop = timeline.show()
    const came = async (content: string, seq: number): Promise<void> => {
      const entries = [await entry(bob, { content, seq, clock: NEW_YEAR + seq, room: lobby.id })]
      room?.changes.emit({ kind: 'entries', entries, late: new Set() })
    }
    await came('seen', 1)
    expect(timeline.arrivals.fresh).toBe(0)
    stop()
    await came('not seen', 2)
    expect(timeline.arrivals.fresh).toBe(1)
    timeline.show()
    expect(timeline.arrivals.fresh).toBe(0)
  })

  test('an entry that is told twice stands there once', async () => {
    await screen.attach(chat)
    const entries = [await entry(bob, { content: 'once' })]
    screen.room?.changes.emit({ kind: 'entries', entries, late: new Set() })
    screen.room?.changes.emit({ kind: 'entries', entries, late: new Set() })
    expect(texts()).toEqual(['once'])
  })
})
