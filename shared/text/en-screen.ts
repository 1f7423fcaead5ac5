import type { Connection } from '../connection.ts'
import type { Failure } from '../failure.ts'
import { NAME_MAX_GRAPHEMES } from '../limits.ts'
import { number, plural } from './en-numbers.ts'
import type { ArchiveRefusal } from '../relay-word.ts'
import type { ScreenWords } from './screen-words.ts'

function connection(state: Connection): string {
  switch (state.kind) {
    case 'live':
      return `Live · ${state.people}`
    case 'relay-only':
      return `Relay only · ${state.people}`
    case 'reconnecting':
      return 'Reconnecting…'
    case 'offline':
      return state.queued > 0 ? `Offline · ${state.queued} queued` : 'Offline'
  }
}

function badName(why: Extract<Failure, { kind: 'bad-name' }>['why']): string {
  switch (why) {
    case 'empty':
      return 'A name needs at least one visible character.'
    case 'too-long':
      return `A name has at most ${NAME_MAX_GRAPHEMES} characters.`
    case 'official':
      return 'A name must not look like the one that answers commands: choose another.'
  }
}

function failure(why: Failure): string {
  switch (why.kind) {
    case 'too-large':
      return why.unit === 'bytes'
        ? `Too long: ${number.format(why.actual)} bytes as sent, and ${number.format(why.limit)} is the limit.`
        : `Too long: ${number.format(why.actual)} characters, and ${number.format(why.limit)} is the limit.`
    case 'malformed':
      return `Could not be read (${why.what}).`
    case 'refused-by-all':
      return `Not a chat message (${why.what}).`
    case 'bad-signature':
      return 'The signature does not fit.'
    case 'wrong-room':
      return 'Written for another room.'
    case 'not-the-signer':
      return 'Signed by somebody other than its sender.'
    case 'newer-version':
      return 'From a newer version of this program.'
    case 'from-the-future':
      return `Its clock is ${plural(Math.round(why.aheadMs / 1_000), 'second', 'seconds')} ahead.`
    case 'below-the-floor':
      return 'Older than what this device keeps.'
    case 'too-fast':
      return 'Too many messages at once.'
    case 'bad-room-name':
      return `“${why.name.slice(0, 80)}” cannot be a room: use 1–64 letters, digits, dots, dashes or underscores, with a letter or digit first.`
    case 'bad-name':
      return badName(why.why)
    case 'bad-address':
      return `“${why.address.slice(0, 120)}” is not an address. One looks like /ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…`
    case 'nothing-to-say':
      return 'There is nothing to send.'
    case 'unreachable':
      return `Could not be reached: ${why.what}`
    case 'storage-full':
      return 'This device has no room left, so it was not kept. /clear 30 forgets what is older than 30 days here; /storage tells what is held.'
    case 'storage-failed':
      return `This device could not keep it: ${why.what}`
    case 'unknown-command':
      return why.suggestion === undefined
        ? `Unknown command: /${why.name} (type /help for available commands)`
        : `Unknown command: /${why.name} — did you mean /${why.suggestion}?`
    case 'surplus-argument':
      return `Nothing was done: “${why.value.slice(0, 80)}” is more than ${why.signature} takes.`
    case 'bad-argument':
      return `/${why.command}: “${why.value.slice(0, 80)}” cannot be ${why.argument}.`
  }
}

const REFUSALS: { readonly [R in ArchiveRefusal]: string } = {
  full: 'its disk is full',
  failed: 'its disk refuses it',
  clock: 'its clock is far behind',
}

export const enScreen: ScreenWords = {
  locale: 'en',
  failure,
  damaged: (count) =>
    count === 1
      ? '1 message on this device was damaged; it is fetched again from others.'
      : `${count} messages on this device were damaged; they are fetched again from others.`,
  unread: (why) =>
    why.kind === 'storage-full'
      ? 'Older messages cannot be read while this device has no room left. Make room, and scroll up again.'
      : `Older messages could not be read (${why.kind === 'storage-failed' ? why.what : failure(why)}). Scroll up to try again.`,
  connection,
  path: (path) =>
    path === 'direct' ? 'direct' : path === 'relayed' ? 'through the relay' : 'through others',
  refusal: (why) => REFUSALS[why],
  notices: (state) => {
    switch (state) {
      case 'blocked':
        return 'This browser blocks notifications from this page: allow them in its settings for this site.'
      case 'unasked':
        return 'The browser has to allow it first: you are asked once you have missed a mention of your name.'
      case 'never':
        return 'Notifications cannot be shown here.'
    }
  },
  goneEntry: () => 'This message is not on this device any more, or you have blocked who wrote it.',
  entryInLeft: (room) => `You are not in ${room} any more. /join ${room} brings you back to it.`,
  notLoaded: () =>
    'This could not be loaded: the place that this page came from does not answer. Try again in a moment.',
}
