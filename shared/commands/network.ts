import type { Chat } from '../chat.ts'
import type { PeerId } from '../ids.ts'
import { shortPeerId } from '../names.ts'
import type { Link } from '../network.ts'
import type { Words } from '../text/words.ts'
import type { Command } from './command.ts'

const DIAL_TIMEOUT_MS = 15_000

export const peers: Command = {
  name: 'peers',
  aliases: [],
  group: 'network',
  arguments: [],
  example: '/peers',
  run(_, { chat, words }) {
    const now = chat.runtime.clock.now()
    const best = bestLinks(chat.network?.links() ?? [])
    const lines = best.map((link) => {
      const how = [words.path(link.path), ...roundTrip(link), words.ago(now - link.since)].join(
        ', ',
      )
      return `- ${nameOf(link, chat, words)} ${link.peer.slice(0, 14)}… (${how})`
    })
    return Promise.resolve({ tone: 'plain', text: words.peers(lines) })
  },
}

export const map: Command = {
  name: 'map',
  aliases: [],
  group: 'network',
  arguments: [],
  example: '/map',
  run(_, { screen, words }) {
    screen.showMap?.()
    return Promise.resolve(
      screen.showMap === undefined ? { tone: 'bad', text: words.noMap() } : undefined,
    )
  },
}

export const dial: Command = {
  name: 'dial',
  aliases: ['add'],
  group: 'network',
  arguments: [{ name: 'address', kind: 'address' }],
  example: '/dial /ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…',
  needs: 'network',
  async run([address = ''], context) {
    const { chat, words } = context
    if (chat.network === undefined) return { tone: 'bad', text: words.offline() }
    if (chat.relayMode === 'only') return { tone: 'bad', text: words.hiddenDial() }
    // Libp2p would answer with the link that stands, whatever the address is.
    const linked = linkedAlready(address, chat)
    if (linked !== undefined) return { tone: 'plain', text: words.dialledBefore(linked) }
    const timeout = new AbortController()
    const stopTimer = chat.runtime.clock.after(DIAL_TIMEOUT_MS, () => {
      timeout.abort(new Error('no answer within 15 seconds'))
    })
    const dialled = await chat.network.dial(
      address,
      AbortSignal.any([context.signal, timeout.signal]),
    )
    stopTimer()
    return dialled.ok
      ? { tone: 'good', text: words.dialled(dialled.value) }
      : { tone: 'bad', text: words.failure(dialled.failure) }
  },
}

export const verbose: Command = {
  name: 'verbose',
  aliases: [],
  group: 'network',
  arguments: [],
  example: '/verbose',
  run(_, { chat, words }) {
    chat.setVerbose(!chat.verbose)
    return Promise.resolve({ tone: 'good', text: words.verbose(chat.verbose) })
  },
}

/** The peer that an address leads to, or that is named by itself, if there is a direct link to it. */
function linkedAlready(address: string, { network }: Chat): PeerId | undefined {
  const named = address.trim().split('/').at(-1)
  return network?.links().find(({ peer, path }) => peer === named && path === 'direct')?.peer
}

/** How the other end of a link is called: a person's name, the relay-node, or part of its key. */
export function nameOf(link: Link, chat: Chat, words: Words): string {
  if (link.relay) return words.relayNode()
  const people = chat.rooms.flatMap((room) => room.presence.people)
  return people.find((person) => person.id === link.peer)?.name ?? shortPeerId(link.peer)
}

/** One link for each peer, a direct one where there is one. */
function bestLinks(links: readonly Link[]): readonly Link[] {
  const best = new Map<PeerId, Link>()
  for (const link of links) if (best.get(link.peer)?.path !== 'direct') best.set(link.peer, link)
  return [...best.values()]
}

function roundTrip(link: Link): readonly string[] {
  return link.rttMs === undefined ? [] : [`${Math.round(link.rttMs)} ms`]
}
