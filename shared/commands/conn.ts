import type { Chat } from '../chat.ts'
import type { PeerId } from '../ids.ts'
import { relayIn } from '../live-frame.ts'
import { shortPeerId } from '../names.ts'
import type { Link } from '../network.ts'
import type { Words } from '../text/words.ts'
import type { Command, Detail } from './command.ts'
import { nameOf } from './network.ts'
import { linkKinds } from './paths.ts'

export const conn: Command = {
  name: 'conn',
  aliases: ['status', 'info'],
  group: 'network',
  arguments: [],
  example: '/conn',
  run(_, { chat, room, words }) {
    const links = chat.network?.links() ?? []
    const addresses = chat.network?.addresses() ?? []
    const lines = [...byPeer(links).values()].flatMap((same) => peerLines(same, chat, words))
    const text = [
      words.connection(chat.connection(room)),
      ...(chat.relayMode === 'only' ? [words.relayMode('only')] : []),
      words.identity(chat.id),
      words.connections(links.length, lines),
      ...words.linkKinds(linkKinds(links)),
      words.reservation(chat.network?.reserved ?? false),
      words.dialable(addresses.length, relaysIn(addresses)),
    ].join('\n')
    const details: readonly Detail[] = [
      {
        label: words.linkAddresses(links.length),
        lines: links.map((link) => `${whoIs(link, chat, words)}: ${link.address}`),
      },
      { label: words.ownAddresses(addresses.length), lines: addresses },
    ]
    return Promise.resolve({
      tone: 'plain',
      text,
      details: details.filter(({ lines: all }) => all.length > 0),
    })
  },
}

/** The links of each peer, the direct ones first. */
function byPeer(links: readonly Link[]): ReadonlyMap<PeerId, readonly Link[]> {
  const directFirst = links.toSorted(
    (a, b) => Number(b.path === 'direct') - Number(a.path === 'direct'),
  )
  return Map.groupBy(directFirst, ({ peer }) => peer)
}

/** One line for a peer with one link; a peer with more has a line for each below its name. */
function peerLines(links: readonly Link[], chat: Chat, words: Words): readonly string[] {
  const [link, ...others] = links
  if (link === undefined) return []
  const who = `- ${whoIs(link, chat, words)}`
  if (others.length === 0) return [`${who} · ${inWords(link, chat, words)}`]
  return [who, ...links.map((each) => `  · ${inWords(each, chat, words)}`)]
}

function inWords(link: Link, chat: Chat, words: Words): string {
  const { path, transport, direction, rttMs, since, address } = link
  const relay = relayIn(address)
  const forMs = Math.max(0, chat.runtime.clock.now() - since)
  return words.link({
    transport,
    direction,
    forMs,
    ...(path === 'direct' ? {} : { relay: relay === undefined ? '' : shortPeerId(relay) }),
    ...(rttMs === undefined ? {} : { rttMs }),
  })
}

/** Of relay-nodes there may be several: each is told by the end of its key. */
function whoIs(link: Link, chat: Chat, words: Words): string {
  const name = nameOf(link, chat, words)
  return link.relay ? `${name} ${shortPeerId(link.peer)}` : name
}

function relaysIn(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses.flatMap((address) => relayIn(address) ?? []))].map(shortPeerId)
}
