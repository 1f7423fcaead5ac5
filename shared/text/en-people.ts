import { number, plural } from './en-numbers.ts'
import type { PeopleWords, Whois } from './people-words.ts'

const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' })
const list = new Intl.ListFormat('en')

function path({ link, cameAgo, isMe }: Whois): string {
  if (isMe) return 'This is this device.'
  if (link === undefined)
    return cameAgo === undefined
      ? 'Not in this room now.'
      : 'Heard through others: this device has no link to them.'
  const rtt = link.rttMs === undefined ? [] : [`${Math.max(1, Math.round(link.rttMs))} ms`]
  return link.path === 'direct'
    ? `Directly connected (${[link.transport, ...rtt].join(', ')}). The link is encrypted to their key, so nobody else is at its other end.`
    : `Connected through the relay${rtt.map((time) => ` (${time})`).join('')}. The link is encrypted to their key; the relay cannot read or change it.`
}

function proved({ isMe, silent }: Whois): string {
  if (isMe) return 'Proved: only this device can sign with your key.'
  return silent
    ? 'Proved: their messages are signed with this key as they are passed on, and each was checked here. A peer of the Go system tells nothing more of itself. Not proved: who holds the key.'
    : 'Proved: what stands here under this key was signed with it, and each signature was checked on this device. Not proved: who holds the key; names are anybody’s.'
}

function whois(who: Whois): string {
  const { id, name, isMe, formerly, cameAgo, knownSince, seenAgo, seenIn, away, keeps } = who
  const lines = [
    isMe ? `You are ${name}. Your key is ${id}` : `${name} has the key ${id}`,
    ...(formerly.length === 0 ? [] : [`Called ${list.format(formerly)} before.`]),
    ...(cameAgo === undefined ? [] : [`Came to this room ${cameAgo}, by their own word.`]),
    ...(knownSince === undefined || isMe
      ? []
      : [`Known to this device since ${day.format(knownSince)}.`]),
    ...(cameAgo !== undefined || seenAgo === undefined || seenIn === undefined
      ? []
      : [`Last seen ${seenAgo}, in ${seenIn}.`]),
    ...(away === undefined ? [] : [enPeople.isAway(away) + '.']),
    path(who),
    ...(keeps === undefined
      ? []
      : keeps === 0
        ? ['They have not said yet that they keep any of your messages in this room.']
        : [
            `They have said that they keep ${plural(keeps, 'message', 'messages')} of yours in this room.`,
          ]),
    ...(who.blocked ? ['You have blocked them: nothing of theirs is shown here.'] : []),
    ...(who.muted ? ['Muted: what they say makes no noise.'] : []),
    proved(who),
  ]
  return lines.join('\n')
}

export const enPeople: PeopleWords = {
  nobodyCalled: (typed) =>
    `Nobody here is called “${typed.slice(0, 80)}”, now or lately. /who lists who is here; a whole key is understood, too.`,
  severalCalled: (typed, listed, all) =>
    `Several are called “${typed.slice(0, 80)}”, or look like it. Whom do you mean?${
      listed === all
        ? ''
        : ` These are ${number.format(listed)} of ${number.format(all)}: for another, type the name and the last six characters of the key, as they stand beside it in what they say.`
    }`,
  whois,
  notYourself: () => 'That is you.',
  nowBlocked: (who) =>
    `${who} is blocked: nothing of theirs is shown on this device, from before or from now on. They are not told, and what they say is still kept and passed on. /unblock shows all of it again.`,
  nowUnblocked: (who) => `${who} is not blocked any more: what they said is shown again.`,
  notBlocked: (who) => `${who} is not blocked.`,
  blockedPeople: (all) =>
    all.length === 0
      ? 'You have blocked nobody. /block and a name hides all that somebody says.'
      : [`You have blocked (${number.format(all.length)}):`, ...all.map((who) => `- ${who}`)].join(
          '\n',
        ),
  mutedRoom: (room, on) =>
    on
      ? `${room} is muted: its messages are shown, and notify you of nothing. /unmute #${room} ends it.`
      : `${room} is not muted.`,
  mutedPerson: (who, on) =>
    on
      ? `${who} is muted: what they say is shown, and notifies you of nothing. /unmute ends it.`
      : `${who} is not muted.`,
  invite: (room, relays) =>
    `Whoever opens this address is in ${room}.${
      relays === 0
        ? ''
        : relays === 1
          ? ' It names another relay-node that holds the room, for when this one does not answer.'
          : ` It names ${number.format(relays)} other relay-nodes that hold the room, for when this one does not answer.`
    }`,
  nowAway: (why) =>
    `You are away${why === '' ? '' : `: ${why}`}. Everybody in your rooms sees it, until you type /back`,
  nowBack: () => 'You are back.',
  notAway: () => 'You were not away.',
  isAway: (why) => (why === '' ? 'Away' : `Away: ${why}`),
  reasonUpTo: (max) => `a reason; one has at most ${number.format(max)} characters`,
  topicUpTo: (max) => `a topic; one has at most ${number.format(max)} visible characters`,
  topicIs: (topic, by, ago) => `Topic: ${topic}\nSet by ${by}, ${ago}. /topic - takes it away.`,
  noTopic: (room) => `${room} has no topic. /topic and a few words give it one, for everybody.`,
  untilReload: (failure) => `It is forgotten with the next start. ${failure}`,
}
