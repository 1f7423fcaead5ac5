import { enNetwork } from './en-network.ts'
import { bytes, number, plural } from './en-numbers.ts'
import { enPeople } from './en-people.ts'
import { enScreen } from './en-screen.ts'
import type { Link } from '../network.ts'
import type { Words } from './words.ts'

const list = new Intl.ListFormat('en')
const choice = new Intl.ListFormat('en', { type: 'disjunction' })

/** `2m ago`, as the Go system writes it. */
function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds}s ago`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h ago`
  return `${Math.floor(seconds / 86_400)}d ago`
}

/** A circuit has no other name than its path. */
function wayOf({ path, transport }: Link): string {
  return path === 'direct' ? `${transport}, ${en.path(path)}` : en.path(path)
}

export const en: Words = {
  ...enScreen,
  ...enNetwork,
  ...enPeople,
  summaries: {
    help: 'What you can type here',
    map: 'A live map of this room: who is linked to you, and the paths messages take',
    peers: 'Who this device is connected to, and how',
    history: 'The last messages of this room',
    search: 'Find what was said in this room',
    goto: 'Go to what was found, or to a day',
    nick: 'Change your name',
    me: 'Say what you do',
    shrug: 'Say that you do not know either: ¯\\_(ツ)_/¯',
    topic: 'Say what this room is about, or see it; “-” takes it away',
    away: 'Tell others that you are away, and why if you like',
    back: 'Tell others that you are back',
    join: 'Open a room',
    leave: 'Leave a room; its history stays here',
    rooms: 'Your open rooms',
    invite: 'Bring others into this room: a link to share, and its QR code',
    notify: 'What of this room is told while nobody looks at this page, and whether with a sound',
    who: 'Who is in this room',
    whois: 'What is known of somebody, and what of it is proved',
    block: 'See nothing of somebody any more, from before or from now on; alone, whom you block',
    unblock: 'See again what somebody says',
    mute: 'Get no notifications of somebody or of a room (this one, if none is named)',
    unmute: 'Get notifications again',
    export: 'Save this room as a file that anybody can verify; all open rooms with “all”',
    clear:
      'Forget messages older than so many days on this device; all of them without a number; what nobody else has only with “unsent”',
    storage: 'What this device holds, and whether it may be dropped',
    wipe: 'Delete your key, your name and all messages on this device',
    ping: 'How long somebody takes to answer, measured now',
    mesh: 'Who passes messages on to you in this room, and how well they arrive',
    relay:
      'Your relay-nodes; “only” hides your address from the room, “auto” shows it for direct links',
    routing: 'Which paths messages take, how many and how fast',
    dht: 'What the distributed hash table knows of this room',
    doctor: 'Test the network now, and say what is wrong and what to do',
    dial: 'Connect to a peer by its address',
    conn: 'Your connections by kind, and your addresses',
    verbose: 'Show connections as they come and go',
    keys: 'Every key that does something here',
    theme: 'Light, dark or as the system is; compact or cosy; larger, smaller or normal text',
    lang: 'The language of this program',
    version: 'The version of this program',
    quit: 'Leave the network',
  },
  groups: {
    talk: 'Talk',
    people: 'People',
    rooms: 'Rooms',
    data: 'History',
    network: 'Network',
    app: 'This program',
  },
  lookWords: {
    light: 'Light colours',
    dark: 'Dark colours',
    system: 'Colours as the system is set',
    cosy: 'Lines with room around them',
    compact: 'Lines close together',
    larger: 'Larger text',
    smaller: 'Smaller text',
    normal: 'Text in its normal size',
  },
  ago,
  linkCame: (link, name) => `✓ Connection established: ${name} (${wayOf(link)})`,
  linkWent: (link, name) => `✗ Connection lost: ${name} (${wayOf(link)})`,
  joined: (name) => `${name} joined the chat`,
  left: (name) => `${name} left the chat`,
  commandsTitle: () => 'Available commands:',
  aliases: (names) => `also ${names}`,
  peers: (lines) => [`Connected Peers (${lines.length}):`, ...lines].join('\n'),
  relayNode: () => 'relay-node',
  direct: () => 'direct',
  recent: (lines) => ['Recent messages:', ...lines].join('\n'),
  found: (room, total, shown, query) =>
    total === 0
      ? `Nothing that this device holds of ${room} says “${query}”.`
      : total === shown
        ? `${plural(total, 'message', 'messages')} with “${query}” in ${room}${total === 1 ? '' : ', the newest first'}:`
        : `${plural(total, 'message', 'messages')} with “${query}” in ${room}, the newest ${shown}:`,
  foundSoFar: (room, total, query, read) =>
    total === 0
      ? `Nothing with “${query}” among the newest ${number.format(read)} messages of ${room}; still searching…`
      : `${plural(total, 'message', 'messages')} with “${query}” among the newest ${number.format(read)} of ${room}; still searching…`,
  foundUntil: (room, total, query, read) =>
    total === 0
      ? `Nothing with “${query}” among the newest ${number.format(read)} messages of ${room}; what is older was not searched.`
      : `${plural(total, 'message', 'messages')} with “${query}” among the newest ${number.format(read)} of ${room}; what is older was not searched.`,
  noSearch: (room) =>
    `Nothing was found in ${room} yet: /search and some words, then /goto and a number.`,
  nothingSince: (room, at) =>
    `Nothing was said in ${room} since ${new Date(at).toLocaleDateString('en', { dateStyle: 'long' })}.`,
  entryElsewhere: (room) =>
    `That was in ${room}, and you are in another room now. Go back there and ask once more.`,
  numberOrDate: () => 'a number from the last /search, or a day as 2026-11-24',
  noHistoryLeft: () => 'Nothing is left here: what was said before is forgotten on this device.',
  noHistory: () => 'Nothing has been said here yet.',
  renamed: (name) => `You are ${name} now.`,
  yourName: (name) => `You are ${name}. Type /nick and a name to change it.`,
  alone: (room) =>
    `Nobody else is in ${room} right now. What you write waits here until someone comes.`,
  inRoom: (room, lines) => [`In ${room} (${lines.length}):`, ...lines].join('\n'),
  openRooms: (lines) => [`Your rooms (${lines.length}):`, ...lines].join('\n'),
  openRoom: (name, people, open) =>
    `- ${name} (${plural(people, 'other person', 'other people')})${open ? ' · open' : ''}`,
  leftRoom: (name) =>
    `You left ${name}. Its history stays on this device; /join ${name} brings you back.`,
  notIn: (name) => `You are not in ${name}.`,
  mainRoom: (name) =>
    `${name} is the room this address opens, so it stays in the list. /join another to go there.`,
  notifyLevel: (levels) => `what is told of a room, or how: ${levels.join(', ')}`,
  notifiesAloud: (on) =>
    on
      ? 'Notifications make a sound, once for each room until you look. /notify silent ends that.'
      : 'Notifications make no sound.',
  notify: (room, level) => {
    switch (level) {
      case 'all':
        return `While you are not looking, you are told of everything said in ${room}.`
      case 'mentions':
        return `While you are not looking, you are told when somebody in ${room} says your name.`
      case 'none':
        return `You are told nothing of ${room}; what is new there is still counted.`
    }
  },
  numberUpTo: (max) => `a number from 1 to ${number.format(max)}`,
  daysUpTo: (max) => `a number of days from 0 to ${number.format(max)}`,
  exportScope: (all) => `a room to save: /export saves this one, /export ${all} all open ones`,
  exported: (count, file) =>
    `${plural(count, 'message', 'messages')} saved as ${file}: one a line, each with the signature that proves it.`,
  notThatWord: (value, line) =>
    `Nothing was done: “${value.slice(0, 80)}” is not understood. Did you mean ${line}?`,
  cleared: (count, days, unsent) => {
    const older = days === 0 ? '' : ` older than ${plural(days, 'day', 'days')}`
    if (count === 0)
      return `There was nothing${older} to forget on this device, and what ${days === 0 ? 'was said before' : 'is older'} will not come here.`
    const lost = unsent === 0 ? '' : ` ${number.format(unsent)} of them had reached nobody.`
    return `${plural(count, 'message', 'messages')}${older} forgotten on this device. They will not come back here.${lost}`
  },
  clearedUpTo: (count, unsent, command) => {
    const gone =
      count === 0
        ? 'Nothing was forgotten'
        : `${plural(count, 'message', 'messages')} forgotten on this device`
    const yours =
      unsent === 1 ? 'one of your messages has' : `${number.format(unsent)} of your messages have`
    return `${gone}: ${yours} reached nobody yet and would be lost, so what was said from there on stays. To forget that too, type ${command}`
  },
  held: (lines) => ['This device holds:', ...lines].join('\n'),
  heldRoom: (name, count) => `- ${name} (${plural(count, 'message', 'messages')})`,
  heldInLeft: (count) => `- rooms that are not open (${plural(count, 'message', 'messages')})`,
  heldBytes: (used, quota) =>
    quota === undefined
      ? `${bytes(used)} in all.`
      : `${bytes(used)} in all, of ${bytes(quota)} that the browser allows.`,
  keeps: (keeps) => {
    switch (keeps) {
      case 'safe':
        return 'It stays until you delete it.'
      case 'at-will':
        return 'The browser may drop it when the disk is nearly full; it did not grant more. /export saves a room as a file.'
      case 'passing':
        return 'It is gone with this tab: nothing is kept here.'
    }
  },
  wipe: (command) =>
    `This deletes your key, your name and all messages on this device, for good; nobody can bring them back. What others hold stays with them. If you mean it, type ${command}`,
  wiped: () => 'Everything is deleted on this device.',
  dialled: (peer) => `Connected to ${peer}.`,
  dialledBefore: (peer) =>
    `You are linked directly to ${peer} already, so this address was not tried.`,
  offline: () => 'The network is not up yet. Try again in a moment.',
  connections: (count, lines) => [`Connections (${count}):`, ...lines].join('\n'),
  identity: (id) => `Your Peer ID: ${id}`,
  dialable: (addresses, relays) => {
    if (addresses === 0) return 'Nobody can dial you yet.'
    const through = relays.map((relay) => `relay-node ${relay}`)
    return `You can be dialled at ${plural(addresses, 'address', 'addresses')}${through.length === 0 ? '' : `, through ${list.format(through)}`}.`
  },
  linkAddresses: (count) => `Addresses of these connections (${number.format(count)})`,
  ownAddresses: (count) => `Your addresses (${number.format(count)})`,
  reservation: (held) =>
    held
      ? 'A relay holds a place for you: others can reach you.'
      : 'No relay holds a place for you.',
  verbose: (on) =>
    on
      ? '✓ Verbose mode enabled (connection logs will be shown)'
      : '✓ Verbose mode disabled (connection logs are hidden)',
  version: (version) => `P2P Chat ${version}`,
  keys: () => [
    'Keys (on a Mac, Cmd instead of Ctrl):',
    '- Enter: send, or run the command',
    '- Shift+Enter: a new line',
    '- / or Ctrl+K: the commands; Ctrl+K keeps what you are writing',
    '- Tab: complete what is chosen; ↑ ↓: choose',
    '- ↑ in an empty box: what you sent last; Ctrl+↑ and Ctrl+↓: walk through what you sent',
    '- Ctrl+B, Ctrl+I, Ctrl+E: the selection in bold, in italics, as code',
    '- Esc: close the list, then drop the selection, then go to the latest message',
    '- Tab and Shift+Tab: to everything else on the page',
    '- ↑ ↓ Home End in the messages: from one to the next',
    '- Any letter, anywhere: back to the message box',
  ],
  look: ({ theme, density, size }) =>
    `Colours: ${theme === 'system' ? 'as the system is' : theme} · lines: ${density} · text: ${number.format(size)} %`,
  looks: (words) => `Change it by /theme and one of ${choice.format(words)}.`,
  noSuchLook: (value, words) =>
    `There is no theme “${value.slice(0, 80)}”. There are ${list.format(words)}.`,
  textAtEnd: (percent) =>
    `Text is at ${number.format(percent)} % already, and that is the end of it.`,
  noLook: () => 'There is no page here to dress: colours and text size are the terminal’s own.',
  language: (name, all) => `This is ${name}. Change it by /lang and ${choice.format(all)}.`,
  spoken: () => 'Everything here is in English now.',
  noSuchLanguage: (value, all) =>
    `“${value.slice(0, 80)}” is not a language of this program. There are ${list.format(all)}.`,
  notSpoken: (name) =>
    `The words in ${name} could not be fetched: the place they come from does not answer. Try again later.`,
  goodbye: () => 'You left the network. Reload the page to come back.',
  missing: (signature, argument) => `This needs ${argument}: ${signature}`,
}
