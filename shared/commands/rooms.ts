import { DEFAULT_ROOM } from '../limits.ts'
import { NOTIFY_LEVELS, NOTIFY_SOUNDS, isNotify } from '../notify.ts'
import type { Command, NoticeState, Screen } from './command.ts'

/** What was typed may be a pasted page; a room's name is at most so long. */
const ROOM_SHOWN_MAX = 64

export const join: Command = {
  name: 'join',
  aliases: ['j'],
  group: 'rooms',
  arguments: [{ name: 'room', kind: 'room' }],
  example: '/join garden',
  async run([name = ''], { chat, words, screen }) {
    const opened = await chat.open(name)
    if (!opened.ok) return { tone: 'bad', text: words.failure(opened.failure) }
    screen.showRoom(name)
    return undefined
  },
}

export const leave: Command = {
  name: 'leave',
  aliases: ['part', 'close'],
  group: 'rooms',
  arguments: [{ name: 'room', kind: 'room', optional: true }],
  example: '/leave garden',
  async run([name], { chat, room, words }) {
    const left = name ?? room.name
    if (left === DEFAULT_ROOM) return { tone: 'plain', text: words.mainRoom(left) }
    if (!(await chat.leave(left)))
      return { tone: 'bad', text: words.notIn(left.slice(0, ROOM_SHOWN_MAX)) }
    return { tone: 'good', text: words.leftRoom(left) }
  },
}

export const rooms: Command = {
  name: 'rooms',
  aliases: ['list'],
  group: 'rooms',
  arguments: [],
  example: '/rooms',
  run(_, { chat, room, words }) {
    const lines = chat.rooms.map((each) =>
      words.openRoom(each.name, each.presence.people.length, each === room),
    )
    return Promise.resolve({ tone: 'plain', text: words.openRooms(lines) })
  },
}

export const invite: Command = {
  name: 'invite',
  aliases: [],
  group: 'rooms',
  arguments: [],
  example: '/invite',
  run(_, { room, words, screen: { device } }) {
    if (device === undefined) return Promise.resolve({ tone: 'bad', text: words.noDevice() })
    const hints = device.hints(room.name)
    return Promise.resolve({
      tone: 'plain',
      text: words.invite(room.name, hints.length),
      invite: device.invite(room.name, hints),
    })
  },
}

const NOTIFY_WORDS = [...NOTIFY_LEVELS, ...NOTIFY_SOUNDS]

export const notify: Command = {
  name: 'notify',
  aliases: [],
  group: 'rooms',
  arguments: [
    { name: NOTIFY_WORDS.join('|'), kind: 'text', optional: true, choices: NOTIFY_WORDS },
  ],
  example: '/notify all',
  async run([typed], { chat, room, words, screen }) {
    const level = typed?.toLowerCase()
    if (level === 'sound' || level === 'silent') {
      const set = await chat.setNotifiesAloud(level === 'sound')
      if (!set.ok) return { tone: 'bad', text: words.failure(set.failure) }
      return { tone: 'good', text: words.notifiesAloud(set.value) }
    }
    if (level !== undefined && !isNotify(level)) {
      const failure = { kind: 'bad-argument', command: 'notify', value: level } as const
      const argument = words.notifyLevel(NOTIFY_WORDS)
      return { tone: 'bad', text: words.failure({ ...failure, argument }) }
    }
    const set = level === undefined ? undefined : await chat.setNotify(room.name, level)
    if (set?.ok === false) return { tone: 'bad', text: words.failure(set.failure) }
    const now = chat.notifyOf(room.name)
    const aloud = chat.notifiesAloud && now !== 'none' ? ` ${words.notifiesAloud(true)}` : ''
    const said = `${words.notify(room.name, now)}${aloud}`
    // Whoever wants nothing need not know whether it would be shown.
    const state = now === 'none' ? 'shown' : noticesOn(screen)
    if (state !== 'shown') return { tone: 'plain', text: `${said} ${words.notices(state)}` }
    return { tone: level === undefined ? 'plain' : 'good', text: said }
  },
}

function noticesOn(screen: Screen): NoticeState {
  return screen.notices?.() ?? 'never'
}
