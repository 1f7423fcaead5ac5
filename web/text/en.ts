import type { Connection } from '../../shared/connection.ts'
import { enScreen } from '../../shared/text/en-screen.ts'
import { spanIn } from '../../shared/text/numbers.ts'
import type { Words } from '../../shared/text/words.ts'
import type { Whereabouts } from './whereabouts.ts'
import { enCompany } from './en-company.ts'

const number = new Intl.NumberFormat('en')

function people(n: number): string {
  return `${number.format(n)} ${n === 1 ? 'other' : 'others'}`
}

/** Names in one line, so that a hundred arrivals are still one line. */
function names(all: readonly string[]): string {
  const shown = all.length > 4 ? [...all.slice(0, 3), people(all.length - 3)] : all
  return new Intl.ListFormat('en').format(shown)
}

/** One sentence: what the connection is, and what that means for what one writes. */
function why(connection: Connection | undefined): string {
  switch (connection?.kind) {
    case undefined:
      return 'This page is opening what this device keeps.'
    case 'live':
      if (connection.hidden)
        return 'Relay-only mode: you are connected to the relay, nobody else is in this room, and nobody who comes sees the address of this device. /relay auto ends it.'
      return connection.people === 0
        ? 'You are connected to the relay, and nobody else is in this room. Share its address, and whoever opens it is here.'
        : 'This device has a direct link into the room: what you write needs no server to arrive.'
    case 'relay-only':
      if (connection.hidden)
        return 'Relay-only mode: your messages go through the relay, so that nobody in the room sees the address of this device. /relay auto ends it.'
      return 'Your messages go through the relay: no direct link to anybody here came about, which some networks never allow. All the same they arrive, and the relay cannot change them.'
    case 'reconnecting':
      return 'The network was lost a moment ago, and this page is looking for it.'
    case 'offline':
      return 'This device reaches nobody in this room. What you write is kept here and goes out by itself once somebody is there.'
  }
}

/** Where one of my own messages is; never more than somebody else has proved. */
function delivery(where: Whereabouts | undefined): string {
  switch (where?.state) {
    case undefined:
      return 'Being kept on this device'
    case 'refused':
      return 'Not kept on this device'
    case 'queued':
      return `Waiting on this device: nobody else has it yet${notArchived(where)}`
    case 'sent':
      return `Handed to others; none of them has said yet that it is kept${notArchived(where)}`
    case 'returned':
      return 'Came back from others: this device had lost it'
    case 'stored':
      return `${stored(where.devices, where.others, where.archive)}${notArchived(where)}`
  }
}

function notArchived({ refusal, unkept = false }: Whereabouts): string {
  if (refusal !== undefined)
    return `; the relay’s archive keeps nothing new (${enScreen.refusal(refusal)})`
  return unkept
    ? '; the relay’s archive keeps no more of yours: your share of this room is full'
    : ''
}

/** This device is one of those that it counts. */
function stored(devices: number, others: number, archive: boolean): string {
  const all = number.format(Math.max(devices, others) + 1)
  if (devices > 0)
    return `Stored on ${number.format(devices + 1)} of ${all} devices${archive ? ', and in the relay’s archive' : ''}`
  return archive
    ? 'Stored on this device and in the relay’s archive'
    : 'Stored by at least one other'
}

/** Every word on the screen; what commands answer comes with them, and the terminal shares it. */
export const en = {
  words: enScreen,
  answers: async (): Promise<Words> => (await import('../../shared/text/en.ts')).en,
  company: enCompany,
  product: 'P2P Chat',
  title: (room: string, unread: number) => `${unread > 0 ? `(${unread}) ` : ''}${room} — P2P Chat`,

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
  twin: 'Signed twice: under the same number its author has signed another message. Do not rely on either without asking them.',
  ownTwin:
    'You have written here and in a copy of this browser profile at once. With one key they get in each other’s way: type /wipe everything in one of them, and it begins anew as somebody else.',
  delivery,
  retry: 'Retry',
  discard: 'Discard',
  dismiss: 'Dismiss this answer',
  came: (all: readonly string[]) => `${names(all)} joined`,
  went: (all: readonly string[]) => `${names(all)} left`,
  renamed: (was: string, name: string) => `${was} is ${name} now`,
  edge: {
    older: 'Older messages…',
    fetching: 'Fetching what was said before…',
    asking: 'Asking those here for what was said before…',
    beginning: 'The beginning of what this device holds',
    beginningForAll: 'The beginning of what this device and those here hold',
  },
  map: {
    open: 'Map of the room',
    loading: 'Drawing the map…',
    notLoaded:
      'The map could not be loaded: the place that this page came from does not answer. /peers and /who say the same in words.',
    tryAgain: 'Try again',
  },
  newMessages: 'New messages',
  lateAbove: (n: number) => `${number.format(n)} arrived later, further up`,
  jump: (fresh: number) =>
    fresh === 0 ? 'Jump to latest' : `Jump to latest · ${number.format(fresh)} new`,
  today: 'Today',
  yesterday: 'Yesterday',

  emptyFetching: (room: string) => `Looking for what was said in ${room}…`,
  emptyTitle: (room: string) => `Nothing has been said in ${room} yet`,
  emptyCleared: (room: string) => `What was said in ${room} is forgotten on this device`,
  emptyPromise:
    'Whoever opens this address is in the room: nothing to install, no account, and nothing you write is lost.',
  notInstalled:
    'This page does not install as an app here (the browser does not know its certificate, or this is a private window), so it opens only while the relay answers.',
  emptyWaiting: 'You can already write; messages wait here until someone comes.',
  share: 'The address to share',
  shareIt: 'Share',
  qr: 'QR code of this address',
  onlyHere:
    'This address leads to this very device, and nobody elsewhere can open it: open the page by an address that others reach, and share that one.',
  copy: 'Copy',
  copied: 'Copied',
  copyCode: 'Copy code',
  code: (language: string) => (language === '' ? 'Code' : `Code, ${language}`),
  copyByHand: 'Select the address and copy it',
  codeByHand: 'The code is selected: copy it yourself',

  placeholder: (room: string) => `Write to ${room}, or / for commands`,
  placeholderShort: 'Write, or / for help',
  send: 'Send',
  left: (points: number) =>
    points >= 0 ? `${number.format(points)} left` : `${number.format(-points)} too many`,
  pickHint: (runs: boolean) =>
    `↑↓ choose · Tab completes · Enter ${runs ? 'runs' : 'takes'} it · Esc closes`,
  example: (text: string) => `e.g. ${text}`,

  yourName: 'Your name',
  change: 'change it',
  joinRoom: 'Join another room',
  /** Below the rooms; each runs the command of its name. */
  menu: {
    title: 'Menu',
    invite: 'Invite others',
    search: 'Search messages',
    theme: 'Colours and text size',
    lang: 'Language · ภาษา',
    help: 'All commands',
  },
  draft: 'draft',
  unread: (n: number) => `${number.format(n)} new`,
  /** Beside the count of what is unread: how often I am named in it. */
  mentioned: (n: number) => (n === 1 ? '@ you' : `@ you ${number.format(n)}×`),

  thisDevice: 'this device',
  roundTrip: (ms: number) => `${Math.max(1, Math.round(ms))} ms`,
  since: (time: string) => `since ${time}`,
  silent: 'shows no status',
  nobody: 'Nobody else is here right now.',

  pill: {
    why,
    opening: 'Opening…',
    mute: 'No chat could be opened on this page. What you write stays in the box.',
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
    whyGuest:
      'You were a guest: nothing of that is kept on this device, and you come back as somebody new.',
    back: 'Come back',
  },

  notice: {
    title: (room: string, count: number) =>
      count === 1 ? room : `${room} · ${number.format(count)} new`,
    said: (name: string, text: string) => `${name}: ${text}`,
    missed: 'Somebody said your name while you were away.',
    wanted: 'The browser has to allow notifications first.',
    allow: 'Notify me',
    decline: 'Not now',
  },
  update: {
    there: 'New version',
    reload: 'Reload',
  },

  wipe: {
    title: 'Deleting everything on this device…',
    why: 'Then this page begins again, and you are somebody new.',
    failed: 'Not everything could be deleted',
    byHand:
      'Close the other tabs of this chat, reload the page and type /wipe everything again; or delete this site’s data in the settings of the browser.',
  },

  badRoom: {
    looks: (address: string) => `The address of a room looks like ${address}`,
    back: (room: string) => `Go to ${room}`,
    reserved: 'This is the address of a private room, which this version cannot open yet.',
  },
  troubles: {
    insecure:
      'This address is not secure, so the browser gives no keys to sign with: open the page by https or at http://localhost.',
    insecureBut:
      'This address is not secure, so the browser gives no keys to sign with: open the page by https, where the browser asks once whether you trust it.',
    tooOld:
      'This browser cannot sign messages (Ed25519): update it, or open the page in another one.',
    newer:
      'A newer version of this program has written on this device, and this one cannot read it: reload the page to get the newer one. Nothing is lost; what you write stays in the box until then.',
    forgetful: {
      forbidden:
        'This browser keeps nothing here (a private window, or storage is forbidden): name and messages are gone with this tab.',
      failed:
        'What this browser keeps for this page cannot be opened (the disk may be full): make room, and reload the page. Until then you are somebody new, and nothing is kept.',
    },
    takenAway:
      'The browser has deleted what this page kept on this device. What is on the screen stays, you are still yourself, and both are kept again; what is older is fetched from others.',
    emptied:
      'The browser found its own files damaged and has deleted what this page kept on this device, your key too: you are somebody new, and what was said is fetched from others.',
    keyless:
      'Your key on this device is gone or cannot be read, so you are somebody new. What was said stays here, signed by who you were.',
    outdated: 'A newer version of this page is open in another tab: reload this one to go on.',
    noRelay: (host: string, answers: boolean) =>
      `${host} ${answers ? 'answers, but not as a relay-node does (a login page, a proxy or another program?)' : 'does not answer'}, so new people cannot be found. What you write is kept and goes out by itself when it is back.`,
    noNetwork:
      'This device has no network. What you write is kept and goes out by itself when it is back.',
    noNode: (what: string) =>
      `The network could not be started (${what}): reload the page to try again.`,
    noWebRtc:
      'This browser has no WebRTC, so messages go through the relay: they arrive, only not directly.',
    clock: (behindMs: number) =>
      `This device’s clock is ${spanIn('en', Math.abs(behindMs))} ${behindMs > 0 ? 'behind' : 'ahead'}: messages are dated by the others’ clocks. Set it right when you can.`,
    clockDisputed: (aheadMs: number) =>
      `The relay-node’s clock is ${spanIn('en', aheadMs)} ahead of this device’s: one of them is wrong. Until others can tell, messages are dated by this device’s clock; set it right if it is this one.`,
  },
  dismissTrouble: 'Dismiss',
}

export type Text = typeof en
