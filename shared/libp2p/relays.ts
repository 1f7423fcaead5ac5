import type { Stop } from '../changes.ts'
import type { PeerId } from '../ids.ts'
import type { Network } from '../network.ts'
import type { Runtime } from '../runtime.ts'
import { deadline } from './deadline.ts'

export interface RelaysOptions {
  readonly network: Pick<Network, 'dial' | 'ping' | 'hangUp' | 'links' | 'changes'>
  readonly runtime: Runtime
  /** Multiaddrs of relay-nodes, the page's own origin first; several may lead to one relay. */
  readonly addresses: readonly string[]
}

/** A second relay is there when the first one dies; a third would only cost. */
const RELAYS_MAX = 2
const RETRY_FIRST_MS = 1_000
const RETRY_LAST_MS = 30_000
/** A dial that has no answer by now will have none. */
const DIAL_TIMEOUT_MS = 10_000
/** A dial as young as this is left alone by a nudge; an older one may hang in a network that is gone. */
const NUDGE_PATIENCE_MS = 1_000
const PING_TIMEOUT_MS = 2_000
/** A relay has an address for each of its networks: when it is down, not all of them are knocked at each time. */
const ELSEWHERE_EVERY = 3

interface Relay {
  /** Known from its address, or once it was reached. */
  peer: PeerId | undefined
  /** Where it was reached last stands first. */
  readonly addresses: string[]
  failures: number
  /** Waiting to be dialled again. */
  stopTimer: Stop | undefined
  dial: { readonly cancel: AbortController; readonly since: number } | undefined
}

/**
 * Keeps this node connected to one or two relays: libp2p's own reconnect never works over
 * WebSockets (a DOM ErrorEvent ends its retries) and forgets a peer 15 ms after it was lost.
 */
export class Relays {
  readonly #options: RelaysOptions
  readonly #relays: readonly Relay[]
  #running = false
  #stopListening: Stop = () => undefined

  constructor(options: RelaysOptions) {
    this.#options = options
    this.#relays = byPeer(options.addresses)
  }

  start(): void {
    this.#running = true
    this.#stopListening = this.#options.network.changes.subscribe((change) => {
      if (change.kind === 'linked') this.#rest()
      else if (change.kind === 'unlinked') this.#lost(change.link.peer)
    })
    this.#review()
  }

  stop(): void {
    this.#running = false
    this.#stopListening()
    for (const relay of this.#relays) halt(relay)
  }

  /** The network may be back (online, page shown, woken up): do not wait for the next try. */
  nudge(): void {
    if (!this.#running) return
    for (const relay of this.#relays) {
      if (this.#isLinked(relay)) void this.#check(relay)
      else if (relay.stopTimer !== undefined || this.#isStale(relay)) {
        halt(relay)
        relay.failures = 0
        void this.#dial(relay)
      }
    }
    this.#review()
  }

  /** Dials the next relays in the list until enough are linked or being tried. */
  #review(): void {
    const busy = this.#relays.filter((relay) => this.#isLinked(relay) || isTried(relay)).length
    const idle = this.#relays.filter((relay) => !this.#isLinked(relay) && !isTried(relay))
    for (const relay of idle.slice(0, Math.max(0, RELAYS_MAX - busy))) void this.#dial(relay)
  }

  /** Once enough are linked, the others are let be. */
  #rest(): void {
    if (this.#relays.filter((relay) => this.#isLinked(relay)).length < RELAYS_MAX) return
    for (const relay of this.#relays) if (!this.#isLinked(relay)) halt(relay)
  }

  #lost(peer: PeerId): void {
    const relay = this.#relays.find((each) => each.peer === peer)
    if (relay === undefined || this.#isLinked(relay) || isTried(relay)) return
    relay.failures = 0
    this.#retry(relay)
    this.#review()
  }

  #retry(relay: Relay): void {
    const { clock, random } = this.#options.runtime
    const pause = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** relay.failures)
    // Half of it is chance: all clients of a relay lose it in the same moment.
    relay.stopTimer = clock.after(pause * (0.5 + 0.5 * random.fraction()), () => {
      relay.stopTimer = undefined
      void this.#dial(relay, addressesToRetry(relay))
    })
  }

  async #dial(relay: Relay, addresses: readonly string[] = [...relay.addresses]): Promise<void> {
    const { clock, log } = this.#options.runtime
    const cancel = new AbortController()
    relay.dial = { cancel, since: clock.now() }
    const reached = await this.#tryAddresses(relay, addresses, cancel.signal)
    // Somebody else has taken over: a nudge, or stop.
    if (relay.dial?.cancel !== cancel) return
    relay.dial = undefined
    if (reached !== undefined) {
      relay.peer = reached
      relay.failures = 0
      this.#rest()
      return
    }
    log('relays: not reached', {
      relay: relay.peer ?? relay.addresses[0],
      failures: relay.failures + 1,
    })
    this.#retry(relay)
    relay.failures++
    // Meanwhile another one, if the list has more.
    for (const other of this.#relays
      .filter((each) => !this.#isLinked(each) && !isTried(each))
      .slice(0, 1)) {
      void this.#dial(other)
    }
  }

  async #tryAddresses(
    relay: Relay,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<PeerId | undefined> {
    const { network, runtime } = this.#options
    for (const address of addresses) {
      const { signal: patience, stop } = deadline(runtime.clock, DIAL_TIMEOUT_MS, signal)
      const dialled = await network.dial(address, patience)
      stop()
      if (dialled.ok) {
        relay.addresses.splice(relay.addresses.indexOf(address), 1)
        relay.addresses.unshift(address)
        return dialled.value
      }
      if (signal.aborted) return undefined
    }
    return undefined
  }

  /** After sleep a link may look alive for minutes. */
  async #check(relay: Relay): Promise<void> {
    const { network, runtime } = this.#options
    if (relay.peer === undefined) return
    const { signal, stop } = deadline(runtime.clock, PING_TIMEOUT_MS)
    const pong = await network.ping(relay.peer, signal)
    stop()
    if (!pong.ok && this.#running) await network.hangUp(relay.peer)
  }

  #isLinked(relay: Relay): boolean {
    return (
      relay.peer !== undefined &&
      this.#options.network.links().some((link) => link.peer === relay.peer)
    )
  }

  #isStale(relay: Relay): boolean {
    return (
      relay.dial !== undefined &&
      this.#options.runtime.clock.now() - relay.dial.since >= NUDGE_PATIENCE_MS
    )
  }
}

function isTried(relay: Relay): boolean {
  return relay.dial !== undefined || relay.stopTimer !== undefined
}

/** The best one, and now and then another one, in turn: the relay may have moved. */
function addressesToRetry({ addresses, failures }: Relay): readonly string[] {
  const [best = '', ...others] = addresses
  if (failures % ELSEWHERE_EVERY !== ELSEWHERE_EVERY - 1) return [best]
  const other = others[Math.floor(failures / ELSEWHERE_EVERY) % others.length]
  return other === undefined ? [best] : [best, other]
}

function halt(relay: Relay): void {
  relay.stopTimer?.()
  relay.stopTimer = undefined
  relay.dial?.cancel.abort(new Error('stopped'))
  relay.dial = undefined
}

function byPeer(addresses: readonly string[]): readonly Relay[] {
  const relays: Relay[] = []
  for (const address of addresses) {
    const peer = /\/p2p\/([^/]+)$/.exec(address)?.[1] as PeerId | undefined
    const known = relays.find((relay) => peer !== undefined && relay.peer === peer)
    if (known === undefined) {
      relays.push({
        peer,
        addresses: [address],
        failures: 0,
        stopTimer: undefined,
        dial: undefined,
      })
    } else if (!known.addresses.includes(address)) known.addresses.push(address)
  }
  return relays
}
