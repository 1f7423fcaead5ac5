import { en as words } from '../../shared/text/en.ts'

const number = new Intl.NumberFormat('en')

function people(n: number): string {
  return `${number.format(n)} ${n === 1 ? 'other' : 'others'}`
}

/** Names in one line, so that a hundred arrivals are still one line. */
function names(all: readonly string[]): string {
  const shown = all.length > 4 ? [...all.slice(0, 3), people(all.length - 3)] : all
  return new Intl.ListFormat('en').format(shown)
}

/** Every word on the screen; what commands answer is in `words`, which the terminal shares. */
export const en = {
  words,
  product: 'P2P Chat',
  title: (room: string, unread: number) => `${unread > 0 ? `(${unread}) ` : ''}${room} · P2P Chat`,

  message: 'Message',
  messages: 'Messages',
  rooms: 'Rooms',
  people: 'People',
  commands: 'Commands',
  connection: 'Connection',
  system: 'System',
  you: 'you',
  guest: 'guest',
  skip: 'Skip to the message box',
  close: 'Close',

  articleName: (author: string, text: string) => `${author}: ${text}`,
  action: (name: string, text: string) => `* ${name} ${text}`,
  fromNewer: 'Something from a newer version of this program:',
  arrivedLate: 'arrived later',
  deliveries: {
    pending: 'Being kept on this device',
    queued: 'Kept here; nobody else has it yet',
    sent: 'Sent to at least one other',
    stored: 'Stored by at least one other',
  },
  retry: 'Retry',
  discard: 'Discard',
  dismiss: 'Dismiss this answer',
  came: (all: readonly string[]) => `${names(all)} joined`,
  went: (all: readonly string[]) => `${names(all)} left`,
  beginning: 'The beginning of what this device holds',
  older: 'Older messages…',
  jump: (fresh: number) =>
    fresh === 0 ? 'Jump to latest' : `Jump to latest · ${number.format(fresh)} new`,
  today: 'Today',
  yesterday: 'Yesterday',

  emptyTitle: (room: string) => `Nothing has been said in ${room} yet`,
  emptyPromise:
    'Whoever opens this address is in the room: nothing to install, no account, and nothing you write is lost.',
  emptyWaiting: 'You can already write; messages wait here until someone comes.',
  share: 'The address to share',
  copy: 'Copy',
  copied: 'Copied',
  copyByHand: 'Select the address and copy it',

  placeholder: (room: string) => `Write to ${room}, or / for commands`,
  send: 'Send',
  left: (points: number) =>
    points >= 0 ? `${number.format(points)} left` : `${number.format(-points)} too many`,
  pickHint: '↑↓ choose · Tab completes · Enter runs · Esc closes',
  example: (text: string) => `e.g. ${text}`,

  yourName: 'Your name',
  change: 'change it',
  joinRoom: 'Join another room',
  draft: 'draft',
  unread: (n: number) => `${number.format(n)} new`,

  thisDevice: 'this device',
  roundTrip: (ms: number) => `${Math.max(1, Math.round(ms))} ms`,
  since: (time: string) => `since ${time}`,
  silent: 'shows no status',
  nobody: 'Nobody else is here right now.',

  pill: {
    live: (n: number) =>
      n === 0
        ? 'You are connected to the relay, and nobody else is in this room. Share its address, and whoever opens it is here.'
        : 'Your messages go straight from this device to others, with nobody in between.',
    relayOnly:
      'Your messages go through the relay: no direct link to anybody here came about, which some networks never allow. All the same they arrive, and the relay cannot change them.',
    reconnecting: 'The network was lost a moment ago, and this page is looking for it.',
    offline:
      'This device reaches nobody. What you write is kept here and goes out by itself once somebody is there.',
    opening: 'Opening…',
    showLinks: 'Show connections',
    tryNow: 'Try now',
  },

  elsewhere: {
    title: 'This chat is open in another tab',
    why: 'One tab at a time writes your history, so that nothing is lost or told twice. This one goes on by itself when the other is closed.',
    useHere: 'Use it here',
    guest: 'Join as a guest',
    asked: 'Asking the other tab…',
  },
  quit: {
    title: 'You left the network',
    why: 'Your name and your messages stay on this device.',
    back: 'Come back',
  },

  badRoom: {
    back: (room: string) => `Go to ${room}`,
    reserved: 'This is the address of a private room, which this version cannot open yet.',
  },
  troubles: {
    insecure:
      'This address is not secure, so the browser gives no keys to sign with: open the page by https or at http://localhost.',
    tooOld: 'This browser cannot sign messages (Ed25519): update it, or open the page in another one.',
    forgetful:
      'This browser keeps nothing here (a private window, or storage is forbidden): name and messages are gone with this tab.',
    noRelay: (host: string) =>
      `${host} does not answer, so new people cannot be found. What you write is kept and goes out by itself when it is back.`,
    noNode: (what: string) => `The network could not be started (${what}): reload the page to try again.`,
    noWebRtc:
      'This browser has no WebRTC, so messages go through the relay: they arrive, only not directly.',
    clock: (minutes: number) =>
      `The clock of this device is ${number.format(Math.abs(minutes))} min ${minutes > 0 ? 'behind' : 'ahead'}: messages are dated by the others’ clocks. Set it right when you can.`,
  },
  dismissTrouble: 'Dismiss',
}

export type Text = typeof en
