import type { Failure, Result } from '../failure.ts'
import type { PeerId } from '../ids.ts'
import { AWAY_MAX_GRAPHEMES } from '../limits.ts'
import { shownLine } from '../names.ts'
import type { Named } from '../settings.ts'
import type { Whois } from '../text/people-words.ts'
import type { Answer, Command, Context } from './command.ts'
import { nameAndKey, whom } from './whom.ts'

/** Rooms are told from people by it. */
const ROOM_SIGN = '#'

export const away: Command = {
  name: 'away',
  aliases: [],
  group: 'talk',
  arguments: [{ name: 'why', kind: 'text', optional: true, rest: true }],
  example: '/away lunch',
  async run([why = ''], { chat, words }) {
    if (shownLine(why, AWAY_MAX_GRAPHEMES) !== shownLine(why, AWAY_MAX_GRAPHEMES + 1))
      return refused({ command: 'away', value: why }, words.reasonUpTo(AWAY_MAX_GRAPHEMES), words)
    const set = await chat.company.setAway(why)
    return told(set, words.nowAway(chat.company.away ?? ''), words)
  },
}

export const back: Command = {
  name: 'back',
  aliases: [],
  group: 'talk',
  arguments: [],
  example: '/back',
  async run(_, { chat, words }) {
    const wasAway = chat.company.away !== undefined
    if (!wasAway) return { tone: 'plain', text: words.notAway() }
    return told(await chat.company.setAway(undefined), words.nowBack(), words)
  },
}

export const whois: Command = {
  name: 'whois',
  aliases: [],
  group: 'people',
  arguments: [{ name: 'who', kind: 'who', rest: true }],
  example: '/whois swift-falcon',
  run([typed = ''], context) {
    const found = whom('whois', typed, context)
    return Promise.resolve(
      'answer' in found
        ? found.answer
        : { tone: 'plain', text: context.words.whois(whoisOf(found.who, context)) },
    )
  },
}

export const block: Command = {
  name: 'block',
  aliases: ['ignore'],
  group: 'people',
  arguments: [{ name: 'who', kind: 'who', optional: true, rest: true }],
  example: '/block swift-falcon',
  async run([typed], context) {
    const { chat, words } = context
    const { company } = chat
    if (typed === undefined)
      return { tone: 'plain', text: words.blockedPeople(company.regard.blocked.map(nameAndKey)) }
    const found = whom('block', typed, context)
    if ('answer' in found) return found.answer
    const { who } = found
    if (who.id === chat.id) return { tone: 'bad', text: words.notYourself() }
    return told(await company.block(who), words.nowBlocked(nameAndKey(who)), words)
  },
}

export const unblock: Command = {
  name: 'unblock',
  aliases: [],
  group: 'people',
  arguments: [{ name: 'who', kind: 'blocked', rest: true }],
  example: '/unblock swift-falcon',
  async run([typed = ''], context) {
    const { chat, words } = context
    const { company } = chat
    const found = whom('unblock', typed, context, company.regard.blocked)
    if ('answer' in found) return found.answer
    const { who } = found
    if (!company.regard.isBlocked(who.id))
      return { tone: 'plain', text: words.notBlocked(nameAndKey(who)) }
    return told(await company.unblock(who.id), words.nowUnblocked(nameAndKey(who)), words)
  },
}

export const mute: Command = muting('mute', true)
export const unmute: Command = muting('unmute', false)

function muting(name: 'mute' | 'unmute', on: boolean): Command {
  return {
    name,
    aliases: [],
    group: 'people',
    arguments: [
      { name: 'who|#room', kind: on ? 'who-or-room' : 'muted', optional: true, rest: true },
    ],
    example: `/${name} #garden`,
    async run([typed], context) {
      const { chat, room, words } = context
      const { company } = chat
      const named = typed?.startsWith(ROOM_SIGN) === true ? typed.slice(1) : undefined
      if (typed === undefined || named !== undefined) {
        const which = named ?? room.name
        // What was muted once can be made heard again, also after it was left.
        const known = chat.room(which) !== undefined || company.regard.isMuted({ room: which })
        if (!known) return { tone: 'bad', text: words.notIn(which.slice(0, 64)) }
        return told(await company.muteRoom(which, on), words.mutedRoom(which, on), words)
      }
      const found = whom(name, typed, context)
      if ('answer' in found) return found.answer
      const { who } = found
      if (who.id === chat.id) return { tone: 'bad', text: words.notYourself() }
      return told(await company.mutePerson(who, on), words.mutedPerson(nameAndKey(who), on), words)
    },
  }
}

function whoisOf({ id, name }: Named, { chat, room, words }: Context): Whois {
  const { company, runtime } = chat
  const now = runtime.clock.now()
  const met = company.met(id)
  const here = room.presence.people.find((person) => person.id === id)
  const { away: why, silent = false } = here ?? {}
  const called = here?.name ?? name
  const first = Math.min(met?.first ?? Infinity, here?.knownSince ?? Infinity)
  const isMe = id === chat.id
  return {
    id,
    name: called,
    isMe,
    formerly: met?.names.filter((each) => each !== called) ?? [],
    ...(here === undefined ? {} : { cameAgo: words.ago(now - here.since) }),
    ...(first === Infinity ? {} : { knownSince: first }),
    ...(met === undefined ? {} : { seenAgo: words.ago(now - met.last), seenIn: met.room }),
    ...(isMe ? optional(company.away) : optional(why)),
    silent,
    ...linkTo(id, chat),
    // A peer of the Go system never says what it keeps.
    ...(isMe || silent ? {} : { keeps: room.keptBy(id) }),
    blocked: company.regard.isBlocked(id),
    muted: company.regard.isMuted({ id }),
  }
}

function optional(away: string | undefined): Pick<Whois, 'away'> {
  return away === undefined ? {} : { away }
}

/** The direct link, if there is one. */
function linkTo(id: PeerId, { network }: Context['chat']): Pick<Whois, 'link'> {
  const links = network?.links().filter(({ peer }) => peer === id) ?? []
  const link = links.find(({ path }) => path === 'direct') ?? links[0]
  return link === undefined ? {} : { link }
}

/** What was done holds at once; if it is forgotten with the next start, that is said. */
function told(done: Result<undefined>, text: string, words: Context['words']): Answer {
  return done.ok
    ? { tone: 'good', text }
    : { tone: 'bad', text: `${text}\n${words.untilReload(words.failure(done.failure))}` }
}

function refused(
  what: { readonly command: string; readonly value: string },
  argument: string,
  words: Context['words'],
): Answer {
  const failure: Failure = { kind: 'bad-argument', ...what, argument }
  return { tone: 'bad', text: words.failure(failure) }
}
