import type { ConnectionGater } from '@libp2p/interface'
import type { Stop } from '../changes.ts'
import type { PeerId } from '../ids.ts'
import { STRANGERS_MAX } from '../limits.ts'
import { type Runtime, repeat } from '../runtime.ts'
import type { GossipRouter } from './gossip-router.ts'
import { idOf } from './link.ts'

/** Below it nothing of a peer is heard. Three forgeries on one topic: −10 · 3² = −90. */
export const GRAYLIST_SCORE = -80
const LOOK_EVERY_MS = 1_000
/** Graylisted, or too fast, at so many looks in a row: no misunderstanding. */
const LOOKS = 5
const DENIED_MS = 10 * 60_000

/**
 * Whom gossip does not listen to any more still costs: each RPC is read and decoded before it is
 * dropped. So their connections are closed, and for ten minutes no new one is made.
 */
export class Quarantine {
  readonly #runtime: Runtime
  readonly #offences = new Map<PeerId, number>()
  readonly #tooFast = new Set<PeerId>()
  /** Until when, ms since 1970. */
  readonly #denied = new Map<PeerId, number>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** For libp2p's `connectionGater`. */
  get gater(): Pick<
    ConnectionGater,
    'denyDialPeer' | 'denyInboundEncryptedConnection' | 'denyOutboundEncryptedConnection'
  > {
    return {
      denyDialPeer: (peer) => this.denies(idOf(peer)),
      denyInboundEncryptedConnection: (peer) => this.denies(idOf(peer)),
      denyOutboundEncryptedConnection: (peer) => this.denies(idOf(peer)),
    }
  }

  denies(peer: PeerId): boolean {
    return (this.#denied.get(peer) ?? 0) > this.#runtime.clock.now()
  }

  /** The topic gate had to drop messages of this peer. */
  noteTooFast(peer: PeerId): void {
    if (this.#tooFast.size < STRANGERS_MAX) this.#tooFast.add(peer)
  }

  watch(
    router: Pick<GossipRouter, 'peers' | 'getScore'>,
    close: (peer: PeerId) => Promise<void>,
  ): Stop {
    return repeat(
      this.#runtime.clock,
      () => LOOK_EVERY_MS,
      () => {
        this.#look([...router.peers.keys()] as PeerId[], (peer) => router.getScore(peer), close)
      },
    )
  }

  #look(
    peers: readonly PeerId[],
    score: (peer: PeerId) => number,
    close: (peer: PeerId) => Promise<void>,
  ): void {
    for (const peer of peers) {
      const offends = this.#tooFast.has(peer) || score(peer) < GRAYLIST_SCORE
      const offences = offends ? (this.#offences.get(peer) ?? 0) + 1 : 0
      if (offences < LOOKS) {
        if (offences === 0) this.#offences.delete(peer)
        else this.#offences.set(peer, offences)
        continue
      }
      this.#offences.delete(peer)
      this.#deny(peer)
      void close(peer)
    }
    this.#tooFast.clear()
    for (const peer of this.#offences.keys()) if (!peers.includes(peer)) this.#offences.delete(peer)
  }

  #deny(peer: PeerId): void {
    const now = this.#runtime.clock.now()
    for (const [id, until] of this.#denied) if (until <= now) this.#denied.delete(id)
    // Full of fresh ones: a flood of identities; the oldest are forgotten first.
    const [oldest] = this.#denied.keys()
    if (this.#denied.size >= STRANGERS_MAX && oldest !== undefined) this.#denied.delete(oldest)
    this.#denied.set(peer, now + DENIED_MS)
    this.#runtime.log('gossip: peer is shut out', { peer, minutes: DENIED_MS / 60_000 })
  }
}
