import type { CircuitRelayService } from '@libp2p/circuit-relay-v2'
import type { Libp2p } from '@libp2p/interface'
import type { FramedStream } from '../shared/network.ts'
import { RELAY_PROTOCOL } from '../shared/limits.ts'
import { type ArchiveRefusal, type RelayWord, encodeRelayWord } from '../shared/relay-word.ts'
import type { Config, Port } from './config.ts'
import type { DhtRecords } from './dht-records.ts'

type Relaying = Libp2p<{ relay: CircuitRelayService }>

/** The stream on which this node hands a circuit to the one that is called. */
const STOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/stop'
/** Whoever asks reads at once; one who does not is not waited for. */
const ANSWER_MS = 5_000
/** Of one peer: as many as are told of all. */
const ADDRESSES_MAX = 16

export interface Telling {
  readonly config: Pick<Config, 'maxReservations'>
  readonly records: Pick<DhtRecords, 'holding'>
  /** The one that is listened on. */
  readonly stunPort: Port
  /** Multiaddrs for pages, by the id of the peer that said in this connection that it is a relay-node. */
  readonly relayNodes: ReadonlyMap<string, readonly string[]>
  /** Why the archive keeps nothing new, if so. */
  readonly refusal: () => ArchiveRefusal | undefined
}

/** Tells whoever asks which other relay-nodes this one is connected to, how full it is, and what its DHT holds. */
export async function answerRelayWord(
  node: Relaying,
  telling: Telling,
  stream: FramedStream,
): Promise<void> {
  const stun = telling.stunPort === 'off' ? {} : { stun: telling.stunPort }
  await stream.write(
    encodeRelayWord({ ...(await relayWord(node, telling)), ...stun }),
    AbortSignal.timeout(ANSWER_MS),
  )
  await stream.close()
}

async function relayWord(
  node: Relaying,
  { config, records, refusal, relayNodes }: Telling,
): Promise<RelayWord> {
  const refuses = refusal()
  // A disk that does not answer is no reason to tell nothing.
  const dht = await records.holding().catch(() => undefined)
  const streams = node.getConnections().flatMap((connection) => connection.streams)
  return {
    relays: node.getPeers().flatMap((peer) => relayNodes.get(peer.toString()) ?? []),
    places: { taken: node.services.relay.reservations.size, all: config.maxReservations },
    circuits: streams.filter(({ protocol }) => protocol === STOP_PROTOCOL).length,
    ...(dht === undefined ? {} : { dht }),
    ...(refuses === undefined ? {} : { refuses }),
  }
}

/**
 * Peers that say that they are relay-nodes, kept up to date. Not by what libp2p has noted of them: it
 * notes of whoever asks this node for its word that they speak that protocol, and each note is a file, that
 * would be read for each of them and each question.
 */
export function watchRelayNodes(node: Libp2p): ReadonlyMap<string, readonly string[]> {
  const relayNodes = new Map<string, readonly string[]>()
  node.addEventListener('peer:identify', ({ detail: { peerId, protocols, listenAddrs } }) => {
    const peer = peerId.toString()
    if (!protocols.includes(RELAY_PROTOCOL)) {
      relayNodes.delete(peer)
      return
    }
    const addresses = listenAddrs.map(String).filter(isForPages).slice(0, ADDRESSES_MAX)
    relayNodes.set(
      peer,
      addresses.map((address) => withPeer(address, peer)),
    )
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    relayNodes.delete(detail.toString())
  })
  return relayNodes
}

/** What a page can open by itself. */
function isForPages(address: string): boolean {
  return (
    /\/(wss?|webtransport|webrtc-direct)(\/|$)/.test(address) && !address.includes('/p2p-circuit')
  )
}

function withPeer(address: string, peer: string): string {
  return address.endsWith(`/p2p/${peer}`) ? address : `${address}/p2p/${peer}`
}
