import type { PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Clock } from '../shared/runtime.ts'

/**
 * Nobody can keep others out: no IPv4 address and no IPv6 /64 (what one household or one rented
 * machine has) holds more than half of a table, once the table is more than half full. Below
 * that an office or a reverse proxy, which are one address, may hold it all.
 */
export function isFairShare(held: number, total: number, max: number): boolean {
  return total < max / 2 || held + 1 <= (total + 1) / 2
}

/** Who an address, or an IP address, belongs to; addresses without an IP (circuits) share one name. */
export function groupOf(address: Multiaddr | string): string {
  if (typeof address === 'string') return groupOfIp(address)
  const component = address.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6')
  return groupOfIp(component?.value ?? '')
}

/** @param ip an IPv4 address, or an IPv6 one without brackets */
export function groupOfIp(ip: string): string {
  if (!ip.includes(':')) return ip
  const groups = groupsOf(ip)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  return isMapped
    ? ip4Of(groups)
    : `${groups
        .slice(0, 4)
        .map((group) => group.toString(16))
        .join(':')}::/64`
}

/** The eight groups of an IPv6 address; multiaddrs never write the last two as IPv4. */
export function groupsOf(ip: string): readonly number[] {
  const [head = '', tail] = ip.split('::')
  const parse = (part: string): readonly number[] =>
    part === '' ? [] : part.split(':').map((group) => parseInt(group, 16))
  const before = parse(head)
  const after = parse(tail ?? '')
  const zeros = Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0)
  return [...before, ...zeros, ...after]
}

function ip4Of(groups: readonly number[]): string {
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}

interface Connected {
  readonly id: unknown
  readonly remoteAddr: Multiaddr | string
}

/** How many connections each group holds: kept as they come and go, since a crowd may knock at once. */
export class ConnectionCounts {
  readonly #max: number
  readonly #counts = new Map<string, number>()
  readonly #groups = new Map<unknown, string>()

  constructor(max: number) {
    this.#max = max
  }

  get total(): number {
    return this.#groups.size
  }

  admits(address: Multiaddr | string): boolean {
    return isFairShare(this.#counts.get(groupOf(address)) ?? 0, this.total, this.#max)
  }

  has(id: unknown): boolean {
    return this.#groups.has(id)
  }

  opened(connection: Connected): void {
    if (this.#groups.has(connection.id)) return
    const group = groupOf(connection.remoteAddr)
    this.#groups.set(connection.id, group)
    this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1)
  }

  closed(connection: Pick<Connected, 'id'>): void {
    const group = this.#groups.get(connection.id)
    if (group === undefined) return
    this.#groups.delete(connection.id)
    const count = (this.#counts.get(group) ?? 1) - 1
    if (count === 0) this.#counts.delete(group)
    else this.#counts.set(group, count)
  }
}

interface Visitor {
  readonly remoteAddress?: string | undefined
  destroy(): unknown
  once(event: 'close', run: () => void): unknown
}

/** Connections to the ports of the page, whatever comes of them: libp2p counts only what has become a WebSocket. */
export class Visitors {
  readonly #counts: ConnectionCounts

  constructor(max: number) {
    this.#counts = new ConnectionCounts(max)
  }

  /** Closes what comes from an address that has its share already. */
  receive(visitor: Visitor): void {
    const { remoteAddress = '' } = visitor
    if (!this.#counts.admits(remoteAddress)) {
      visitor.destroy()
      return
    }
    const connection = { id: visitor, remoteAddr: remoteAddress }
    this.#counts.opened(connection)
    visitor.once('close', () => {
      this.#counts.closed(connection)
    })
  }
}

interface Arriving {
  readonly remoteAddr: Multiaddr
  addEventListener(event: 'close', run: () => void, options: { once: true }): void
}

/** Libp2p's own limit for one of them. */
const ARRIVE_MS = 10_000

/**
 * Connections that are on their way in: libp2p takes so many at once, and who only connects and says
 * nothing could have them all.
 */
export class Arrivals {
  readonly #counts: ConnectionCounts
  readonly #clock: Clock
  readonly #ends = new WeakMap<object, () => void>()

  constructor(max: number, clock: Clock) {
    this.#counts = new ConnectionCounts(max)
    this.#clock = clock
  }

  /** False if its address has its share already. */
  admit(arriving: Arriving): boolean {
    const { remoteAddr } = arriving
    if (!this.#counts.admits(remoteAddr)) return false
    const connection = { id: arriving, remoteAddr }
    this.#counts.opened(connection)
    const end = (): void => {
      stopTimer()
      this.#counts.closed(connection)
    }
    const stopTimer = this.#clock.after(ARRIVE_MS, end)
    this.#ends.set(arriving, end)
    arriving.addEventListener('close', end, { once: true })
    return true
  }

  arrived(connection: object): void {
    this.#ends.get(connection)?.()
  }
}

interface Reservations {
  readonly size: number
  entries(): IterableIterator<[PeerId, { readonly addr: Multiaddr }]>
}

/** May `peer`, reached at `address`, have a reservation? Whoever has one may always renew it. */
export function admitsReservation(
  peer: PeerId,
  address: Multiaddr,
  reservations: Reservations,
  max: number,
): boolean {
  const group = groupOf(address)
  let held = 0
  for (const [other, { addr }] of reservations.entries()) {
    if (other.equals(peer)) return true
    if (groupOf(addr) === group) held++
  }
  return isFairShare(held, reservations.size, max)
}
