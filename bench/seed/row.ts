import { RelayNode } from '../../e2e/relay.ts'
import { HeadlessPeer, type PeerPlace } from './headless-peer.ts'

/** What a row came to. */
export interface Outcome {
  readonly passed: boolean
  /** What was measured, in words and figures. */
  readonly measured: string
}

/** One row of the Go system's own test plan. */
export interface Row {
  readonly id: string
  /** What has to be so. */
  readonly criterion: string
  /** In the NAT lab, which needs root and Linux. */
  readonly lab?: boolean
  readonly run: (stage: Stage) => Promise<Outcome>
}

const LOOK_MS = 50

/** What a row has started, gone afterwards. */
export class Stage {
  readonly #stops: (() => Promise<void>)[] = []

  /** @param environment as for `RelayNode.start` */
  async relay(
    environment: Readonly<Record<string, string>> = {},
    within: readonly string[] = [],
  ): Promise<RelayNode> {
    const relay = await RelayNode.start(environment, within)
    this.later(() => relay.stop())
    return relay
  }

  async peer(place: PeerPlace): Promise<HeadlessPeer> {
    const peer = await HeadlessPeer.start(place)
    this.later(() => peer.kill())
    return peer
  }

  async peers(count: number, place: PeerPlace): Promise<readonly HeadlessPeer[]> {
    return Promise.all(Array.from({ length: count }, () => this.peer(place)))
  }

  /** The last one first. */
  later(stop: () => Promise<void>): void {
    this.#stops.unshift(stop)
  }

  async clear(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop()
  }
}

/** ms until it holds; nothing if it does not within `limit` ms. */
export async function within(
  limit: number,
  holds: () => Promise<boolean>,
): Promise<number | undefined> {
  const start = performance.now()
  while (performance.now() - start < limit) {
    if (await holds()) return performance.now() - start
    await pause(LOOK_MS)
  }
  return undefined
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Everybody sees all of the others. */
export function seeEachOther(peers: readonly HeadlessPeer[]): () => Promise<boolean> {
  return async () => {
    const seen = await Promise.all(peers.map((peer) => peer.people()))
    return seen.every((people) => new Set(people).size >= peers.length - 1)
  }
}

export function seconds(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`
}

export function millis(ms: number): string {
  return `${Math.round(ms)} ms`
}
