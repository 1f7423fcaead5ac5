import {
  type GossipSub,
  type GossipSubComponents,
  type GossipsubOpts,
  type Message,
  StrictSign,
  gossipsub,
} from '@libp2p/gossipsub'
import type { RPC } from '@libp2p/gossipsub/message'
import type { TopicScoreParams } from '@libp2p/gossipsub/score'
import { concat, toBase64url } from '../bytes.ts'
import { seqnoBytes } from '../pubsub-proof.ts'
import type { Runtime } from '../runtime.ts'
import { gateTopics } from './topic-gate.ts'
import {
  type GossipRouter,
  heedOnlyTheGone,
  keepNoClosedStreams,
  routerOf,
} from './gossip-router.ts'
import { GRAYLIST_SCORE, type Quarantine } from './quarantine.ts'
import { sendInParts } from './rpc-parts.ts'

const SECOND_MS = 1_000
const SEQNO_BYTES = 8
const RPC_BYTES = 1024 * 1024

/** More than a page's twelve direct links are not needed for any message to arrive. */
const MESH_MAX = 12
/** A relay-node is in 2,000 rooms at most, with two topics each; gossipsub adds 1 KiB to each name. */
const TOPIC_BYTES = 4_002 * (1_024 + 80)
/** About 240 topics of one peer: 64 rooms with their live topics, and room to spare. A thousand peers do that. */
const TOPIC_BYTES_AT_HUB = 256 * 1_024

/** What differs in a node that passes on between many. */
export interface Hub {
  /**
   * Peers in one room that everything is passed on to at once; the others are told what there is, some of
   * them each second, and may miss it.
   */
  readonly meshMax: number
}

/** The libp2p service `pubsub`, with our settings and the topic gate already in front of it. */
export function gossipService(
  runtime: Runtime,
  quarantine?: Quarantine,
  hub?: Hub,
): (components: GossipSubComponents) => GossipSub {
  return (components) => {
    const pubsub = gossipsub(gossipOptions(hub))(components)
    const router = routerOf(pubsub)
    gateTopics(router, runtime, (peer) => quarantine?.noteTooFast(peer))
    sendInParts(router)
    keepNoClosedStreams(router)
    heedOnlyTheGone(router, (peer) =>
      components.connectionManager.getConnections(peer).some(({ status }) => status === 'open'),
    )
    return pubsub
  }
}

/**
 * Go's message id: `from`'s multihash bytes ‖ seqno, 8 bytes big-endian. With another one, Go peers
 * find our IHAVEs false, score us down to −50 and lose messages.
 */
function messageId(message: Message): Uint8Array {
  // StrictSign lets no unsigned message come so far.
  if (message.type !== 'signed') throw new Error('unsigned gossip message')
  return concat(message.from.toMultihash().bytes, seqnoBytes(message.sequenceNumber))
}

/**
 * The same id before the signature is checked: otherwise every copy of a message costs a check. It
 * is remembered only after a first copy was verified, so nobody can spoil it with a forgery.
 */
function fastMessageId(message: RPC.Message): string {
  const { from, seqno } = message
  // Such a message is refused before its id is remembered, so this one is never found again.
  if (from === undefined || seqno?.length !== SEQNO_BYTES) return 'invalid'
  return toBase64url(concat(from, seqno))
}

export function gossipOptions(hub?: Hub): Partial<GossipsubOpts> {
  return {
    // Every message is signed by its author: the proof that lines of Go peers are kept with.
    globalSignaturePolicy: StrictSign,
    msgIdFn: messageId,
    fastMsgIdFn: fastMessageId,
    // Alone in a room one still speaks: what is said is stored, and synced to whoever comes.
    allowPublishToZeroTopicPeers: true,
    // Saying a thing twice is no failure: the outbox may publish what is already on its way.
    ignoreDuplicatePublishError: true,
    // One's own messages go to all subscribers at once, not only to the mesh: one hop, and a mesh
    // that is still forming loses nothing.
    floodPublish: true,
    // What I say is on my screen because it is in my store, not because the network echoes it.
    emitSelf: false,
    // Peers through a relay are reached by the relay's own gossip. A stream on the limited
    // connection would be gossipsub's only one to that peer, and die with the relay.
    runOnLimitedConnection: false,
    // Floodsub peers cannot be meshed or scored; Go speaks meshsub.
    fallbackToFloodsub: false,
    // Back-pressure: the next RPC of a peer is read when this one is judged. A flood then stays in
    // the flooder's socket instead of in our memory.
    awaitRpcHandler: true,
    awaitRpcMessageHandler: true,
    // An RPC of 1 MiB holds 64 lines of the greatest size; go-libp2p-pubsub's own limit is the same.
    maxInboundDataLength: RPC_BYTES,
    // What waits for a peer that does not read: then its stream ends, and what it missed comes by a sync.
    maxOutboundBufferSize: 4 * RPC_BYTES,
    decodeRpcLimits: {
      // A relay-node is in many more rooms, and tells of them in several RPCs (`rpc-parts.ts`).
      maxSubscriptions: 128,
      maxMessages: 512,
      // go-libp2p-pubsub's GossipSubMaxIHaveLength.
      maxIhaveMessageIDs: 5_000,
      maxIwantMessageIDs: 5_000,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 64,
      maxPeerInfos: 16,
    },
    // What a relay-node is in and is not remembered would be a room in which nothing is heard.
    maxTopicBytesPerPeer: hub === undefined ? TOPIC_BYTES : TOPIC_BYTES_AT_HUB,
    // We link people ourselves; addresses that strangers hand out are not dialled.
    doPX: false,
    // The gossipsub 1.1 defaults, stated because the cap of 12 direct links rests on them.
    D: 6,
    Dlo: 4,
    Dhi: hub?.meshMax ?? MESH_MAX,
    Dscore: 4,
    Dout: 2,
    Dlazy: 6,
    // Missing messages are offered (IHAVE) once a beat; scores are computed afresh once a beat.
    heartbeatInterval: 1 * SECOND_MS,
    // The default of 10 s punishes who leaves a room, or reloads the page, and comes back at once: it
    // is kept out of the mesh for a minute. 1 s is the least that the wire can say.
    unsubcribeBackoff: 1 * SECOND_MS,
    scoreParams: {
      // See `scoreRooms`.
      topics: {},
      // Good conduct must not be saved up to pay for forgeries.
      topicScoreCap: 10,
      appSpecificScore: () => 0,
      appSpecificWeight: 0,
      // Many people share one address (an office, a proxy, one machine): with the default, twelve
      // clients behind one address hear nothing.
      IPColocationFactorWeight: 0,
      // Broken promises and early grafts: six in a breath happen to busy honest peers.
      behaviourPenaltyWeight: -10,
      behaviourPenaltyThreshold: 6,
      behaviourPenaltyDecay: 0.2,
      decayInterval: 1 * SECOND_MS,
      decayToZero: 0.1,
      // A forger who reconnects is still known for an hour.
      retainScore: 3_600 * SECOND_MS,
    },
    scoreThresholds: {
      gossipThreshold: -20,
      publishThreshold: -50,
      graylistThreshold: GRAYLIST_SCORE,
      // Unreachable, as no score exceeds the cap of 10: no peer exchange.
      acceptPXThreshold: 100,
      opportunisticGraftThreshold: 1,
    },
  }
}
/**
 * All of these together, not a mixture with the defaults: those hide forgeries behind time in the
 * mesh (3,600 points) and punish members of quiet rooms for delivering little (P3).
 */
const ROOM_SCORE: TopicScoreParams = {
  topicWeight: 1,
  // P1, time in the mesh: at most 5, after five minutes.
  timeInMeshWeight: 5 / 300,
  timeInMeshQuantum: 1 * SECOND_MS,
  timeInMeshCap: 300,
  // P2, first to deliver: at most 10, half of it forgotten in 7 s.
  firstMessageDeliveriesWeight: 0.5,
  firstMessageDeliveriesDecay: 0.9,
  firstMessageDeliveriesCap: 20,
  // P3 and P3b, delivers too little: off.
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 100,
  meshMessageDeliveriesThreshold: 20,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5 * SECOND_MS,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  // P4, what nobody honest forwards: squared, and three of them stay below the graylist line for a minute.
  invalidMessageDeliveriesWeight: -10,
  invalidMessageDeliveriesDecay: 0.999,
}

/**
 * Every room is scored alike. A table of them would have to keep each name that was ever carried: gossipsub looks up the
 * topics of departed peers and fails if one is gone.
 */
export function scoreRooms(router: GossipRouter): void {
  router.opts.scoreParams.topics = new Proxy({}, { get: () => ROOM_SCORE })
}
