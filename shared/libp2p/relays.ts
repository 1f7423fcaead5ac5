import type { Stop } from '../changes.ts'
import type { PeerId } from '../ids.ts'
import { relayIn } from '../live-frame.ts'
import type { Network } from '../network.ts'
import { type KnownRelay, type RelayWord, askRelay } from '../relay-word.ts'
import { type Runtime, repeat } from '../runtime.ts'
import { deadline } from './deadline.ts'

export interface RelaysOptions {
  readonly network: Pick<
    Network,
    'dial' | 'ping' | 'hangUp' | 'links' | 'changes' | 'open' | 'addresses'
  >
  readonly runtime: Runtime
  /** Multiaddrs of relay-nodes, the best first; several may lead to one relay. */
  readonly addresses: readonly string[]
  /** Whether this node can dial an address at all; relays tell of others by all of their addresses. */
  readonly isDialable?: (address: string) => boolean
  /** Called with one address of each relay that served, the last one first, when that has changed. */
  readonly remember?: (addresses: readonly string[]) => void
}

/** A second relay is there when the first one dies; a third would only cost. */
const RELAYS_MAX = 2
const RETRY_FIRST_MS = 1_000
const RETRY_LAST_MS = 30_000
/** A dial that has no answer by now will have none. */
const DIAL_TIMEOUT_MS = 10_000
/** An address that has not answered by now may hang: the next one is tried beside it. */
const STAGGER_MS = 2_000
/** A dial as young as this is left alone by a nudge; an older one may hang in a network that is gone. */
const NUDGE_PATIENCE_MS = 1_000
const PING_TIMEOUT_MS = 2_000
/** A relay has an address for each of its networks: when it is down, not all of them are knocked at each time. */
const ELSEWHERE_EVERY = 3
/** Told, hinted or remembered: more than that is a list of doors to knock at. */
const RELAYS_KNOWN_MAX = 16
const ADDRESSES_MAX = 8
const REMEMBERED_MAX = 8
/** By then whoever is a relay-node has said so, and holds a place for us if it means to. */
const PROOF_MS = 5_000
/** Relays that are full or refuse stay linked, as gossip passes there too, but only so many. */
const LINKED_MAX = 4
/** How often those that are linked are asked what other relays there are. */
const ASK_EVERY_MS = 30_000

interface Relay {
  /** Known from its address, or once it was reached. */
  peer: PeerId | undefined
  /** Where it was reached last stands first. */
  readonly addresses: string[]
  failures: number
  /** Others say that it is a relay-node, and nothing else does yet. */
  readonly hearsay: boolean
  /** When it was linked last, ms since 1970. */
  linkedAt: number
  /** It has held a place for us. */
  served: boolean
  word: RelayWord | undefined
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
  /** The best first. */
  readonly #relays: Relay[] = []
  #remembered = ''
  #running = false
  #stops: Stop[] = []

  constructor(options: RelaysOptions) {
    this.#options = options
    for (const address of options.addresses) this.#add(address, false)
  }

  get known(): readonly KnownRelay[] {
    return this.#relays.map((relay) => ({
      ...(relay.peer === undefined ? {} : { peer: relay.peer }),
      ...(relay.word === undefined ? {} : { word: relay.word }),
      address: relay.addresses[0] ?? '',
      state: this.#stateOf(relay),
      failures: relay.failures,
    }))
  }

  /** Whether this leads to one of them. */
  has(address: string): boolean {
    const peer = peerIn(address)
    return this.#relays.some((relay) =>
      peer === undefined ? relay.addresses.includes(address) : relay.peer === peer,
    )
  }

  start(): void {
    this.#running = true
    const { network, runtime } = this.#options
    this.#stops = [
      network.changes.subscribe((change) => {
        if (change.kind === 'linked') this.#linked(change.link.peer)
        else if (change.kind === 'unlinked') this.#lost(change.link.peer)
      }),
      repeat(
        runtime.clock,
        () => ASK_EVERY_MS,
        () => {
          for (const relay of [...this.#relays]) {
            if (!this.#isLinked(relay)) continue
            this.#judge(relay)
            void this.#ask(relay)
          }
        },
      ),
    ]
    this.#review()
  }

  stop(): void {
    this.#running = false
    for (const stop of this.#stops.splice(0)) stop()
    for (const relay of this.#relays) halt(relay)
  }

  /** More relays, or more ways to those that are known. @param best they go before all others */
  learn(addresses: readonly string[], best = false): void {
    const { isDialable = () => true } = this.#options
    const added = addresses.filter(isDialable).filter((address) => this.#add(address, !best))
    if (best) this.#putFirst(addresses)
    if (this.#running && added.length > 0) this.#review()
  }

  /** There is nobody of this name any more: it is not dialled again, unless it is heard of again. */
  forget(peer: PeerId): void {
    const relay = this.#relays.find((each) => each.peer === peer)
    if (relay === undefined || this.#isLinked(relay)) return
    halt(relay)
    this.#relays.splice(this.#relays.indexOf(relay), 1)
    this.#review()
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

  /** Dials the next relays in the list until enough serve or are being tried. */
  #review(): void {
    if (!this.#running) return
    const busy = this.#relays.filter((relay) => this.#isGood(relay) || isTried(relay)).length
    const linked = this.#relays.filter((relay) => this.#isLinked(relay)).length
    const idle = this.#relays.filter((relay) => !this.#isLinked(relay) && !isTried(relay))
    const more = Math.min(RELAYS_MAX - busy, LINKED_MAX - linked)
    for (const relay of idle.slice(0, Math.max(0, more))) void this.#dial(relay)
  }

  /** Once enough serve, the others are let be. */
  #rest(): void {
    if (this.#relays.filter((relay) => this.#isGood(relay)).length < RELAYS_MAX) return
    for (const relay of this.#relays) if (!this.#isLinked(relay)) halt(relay)
  }

  #linked(peer: PeerId): void {
    const relay = this.#relays.find((each) => each.peer === peer)
    this.#rest()
    if (relay === undefined) return
    relay.linkedAt = this.#options.runtime.clock.now()
    void this.#ask(relay)
    this.#options.runtime.clock.after(PROOF_MS, () => {
      if (this.#running && this.#isLinked(relay)) this.#judge(relay)
    })
  }

  /** A peer that is no relay-node is none of ours; one that holds no place for us is not enough. */
  #judge(relay: Relay): void {
    const { network, runtime } = this.#options
    const isRelayNode = network.links().some((link) => link.peer === relay.peer && link.relay)
    if (!isRelayNode && relay.hearsay && relay.peer !== undefined) {
      runtime.log('relays: no relay-node', { peer: relay.peer })
      this.#relays.splice(this.#relays.indexOf(relay), 1)
      void network.hangUp(relay.peer)
    } else if (this.#isServing(relay)) {
      relay.served = true
      this.#remember(relay)
    }
    this.#review()
  }

  #remember(relay: Relay): void {
    this.#relays.sort((a, b) => (a === relay ? -1 : 0) - (b === relay ? -1 : 0))
    const served = this.#relays.filter((each) => each.served)
    const best = served.flatMap(({ addresses, peer }) =>
      peer === undefined ? [] : withPeer(addresses[0] ?? '', peer),
    )
    const remembered = best.slice(0, REMEMBERED_MAX)
    if (remembered.join() === this.#remembered) return
    this.#remembered = remembered.join()
    this.#options.remember?.(remembered)
  }

  async #ask(relay: Relay): Promise<void> {
    const { network, runtime } = this.#options
    if (relay.peer === undefined) return
    const { signal, stop } = deadline(runtime.clock, DIAL_TIMEOUT_MS)
    const word = await askRelay(network, relay.peer, signal)
    stop()
    if (word === undefined || !this.#running) return
    relay.word = word
    this.learn(word.relays)
  }

  #lost(peer: PeerId): void {
    const relay = this.#relays.find((each) => each.peer === peer)
    if (relay === undefined || this.#isLinked(relay) || isTried(relay)) return
    relay.word = undefined
    relay.failures = 0
    this.#retry(relay)
    // Nobody can find us now: whoever else is known is dialled, however often it failed before.
    if (!this.#relays.some((each) => this.#isGood(each))) this.#hurry(relay)
    this.#review()
  }

  #hurry(except: Relay): void {
    const others = this.#relays.filter((each) => each !== except && !this.#isLinked(each))
    for (const relay of others.slice(0, LINKED_MAX)) {
      if (relay.dial !== undefined) continue
      halt(relay)
      relay.failures = 0
      void this.#dial(relay)
    }
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
    const first = relay.peer === undefined
    relay.peer = reached ?? relay.peer
    // One that takes the link and closes it at once has done so by now, and nothing tells of it again.
    if (reached !== undefined && this.#isLinked(relay)) {
      relay.failures = 0
      // Who is behind an address without a peer id is known only now.
      if (first) this.#linked(reached)
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

  /** One after the other, but none waits long for one that hangs; the first that answers wins. */
  #tryAddresses(
    relay: Relay,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<PeerId | undefined> {
    const { clock } = this.#options.runtime
    const { promise, resolve } = Promise.withResolvers<PeerId | undefined>()
    const won = new AbortController()
    const either = AbortSignal.any([signal, won.signal])
    const left = [...addresses]
    let running = 0
    let stopStagger: Stop = () => undefined
    const next = (): void => {
      stopStagger()
      const address = either.aborted ? undefined : left.shift()
      if (address === undefined) {
        if (running === 0) resolve(undefined)
        return
      }
      running++
      stopStagger = clock.after(STAGGER_MS, next)
      void this.#dialOne(address, either).then((peer) => {
        running--
        if (peer === undefined || either.aborted) {
          next()
          return
        }
        stopStagger()
        won.abort(new Error('another address answered'))
        relay.addresses.splice(relay.addresses.indexOf(address), 1)
        relay.addresses.unshift(address)
        resolve(peer)
      })
    }
    next()
    return promise
  }

  async #dialOne(address: string, signal: AbortSignal): Promise<PeerId | undefined> {
    const { network, runtime } = this.#options
    const { signal: patience, stop } = deadline(runtime.clock, DIAL_TIMEOUT_MS, signal)
    const dialled = await network.dial(address, patience)
    stop()
    return dialled.ok ? dialled.value : undefined
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

  /** It holds a place for us. */
  #isServing(relay: Relay): boolean {
    return (
      this.#isLinked(relay) &&
      this.#options.network.addresses().some((address) => relayIn(address) === relay.peer)
    )
  }

  /** It serves, or may be about to. */
  #isGood(relay: Relay): boolean {
    const age = this.#options.runtime.clock.now() - relay.linkedAt
    return this.#isServing(relay) || (this.#isLinked(relay) && age < PROOF_MS)
  }

  #stateOf(relay: Relay): KnownRelay['state'] {
    if (this.#isServing(relay)) return 'serving'
    if (this.#isLinked(relay)) return 'linked'
    if (relay.dial !== undefined) return 'dialling'
    return relay.stopTimer === undefined ? 'spare' : 'waiting'
  }

  /** False if it is known already, or there is no room for it. */
  #add(address: string, hearsay: boolean): boolean {
    const peer = peerIn(address)
    const known = this.#relays.find((relay) => peer !== undefined && relay.peer === peer)
    if (known !== undefined) {
      if (known.addresses.includes(address) || known.addresses.length >= ADDRESSES_MAX) return false
      known.addresses.push(address)
      return true
    }
    if (this.#relays.length >= RELAYS_KNOWN_MAX) return false
    this.#relays.push({
      peer,
      addresses: [address],
      hearsay,
      failures: 0,
      linkedAt: 0,
      served: false,
      word: undefined,
      stopTimer: undefined,
      dial: undefined,
    })
    return true
  }

  #putFirst(addresses: readonly string[]): void {
    const peers = new Set(addresses.map(peerIn))
    const rank = (relay: Relay): number => (peers.has(relay.peer) ? 0 : 1)
    this.#relays.sort((a, b) => rank(a) - rank(b))
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

function peerIn(address: string): PeerId | undefined {
  return /\/p2p\/([^/]+)$/.exec(address)?.[1] as PeerId | undefined
}

function withPeer(address: string, peer: PeerId): string {
  return peerIn(address) === undefined ? `${address}/p2p/${peer}` : address
}
