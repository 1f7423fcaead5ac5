import { createSocket } from 'node:dgram'
import { type Gateway, upnpNat } from '@achingbrain/nat-port-mapper'
import { isPrivateIp } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import type { Stop } from '../shared/changes.ts'
import { type Runtime, repeat } from '../shared/runtime.ts'
import type { Ports } from './listening.ts'
import { type Mapped, type Protocol, defaultGateway, mapByPmp } from './nat-pmp.ts'
import type { AddressManager } from './transports.ts'

export interface PortMappingOptions {
  readonly addresses: AddressManager
  readonly ports: Ports
  /** An IP address, or `all`: what is not listened on is not opened. */
  readonly host: string
  readonly runtime: Runtime
  /** A sentence for whoever runs it. */
  readonly tell: (sentence: string) => void
}

/** A router forgets what is not renewed, so nothing stays open for long after this program has ended. */
const LEASE_S = 3_600
const RENEW_MS = 30 * 60_000
const SEARCH_MS = 5_000

/**
 * Asks the router to open the ports, by NAT-PMP and by UPnP. Not by @libp2p/upnp-nat, which knows
 * nothing of WebRTC-Direct and of NAT-PMP.
 */
export class PortMapping {
  readonly #options: PortMappingOptions
  readonly #life = new AbortController()
  /** By protocol and port. */
  readonly #open = new Map<string, Mapped>()
  /** What is to be given back, by NAT-PMP; UPnP's leases run out. */
  readonly #byPmp = new Map<string, () => Promise<unknown>>()
  #toldOfNoUse = false
  #stopRenewing: Stop = () => undefined

  constructor(options: PortMappingOptions) {
    this.#options = options
  }

  start(): void {
    void this.#openAll()
    this.#stopRenewing = repeat(
      this.#options.runtime.clock,
      () => RENEW_MS,
      () => {
        void this.#openAll()
      },
    )
  }

  async stop(): Promise<void> {
    this.#stopRenewing()
    this.#life.abort(new Error('stopped'))
    await Promise.all([...this.#byPmp.values()].map((giveBack) => giveBack()))
  }

  async #openAll(): Promise<void> {
    try {
      if (!(await this.#openByPmp())) await this.#openByUpnp()
    } catch (error) {
      this.#options.runtime.log('ports: not opened', { why: String(error) })
    }
  }

  async #openByPmp(): Promise<boolean> {
    const gateway = await defaultGateway()
    const own = gateway === undefined ? undefined : await this.#listenedTowards(gateway)
    if (gateway === undefined || own === undefined) return false
    for (const [protocol, port] of wanted(this.#options.ports)) {
      const mapped = await mapByPmp(gateway, protocol, port, LEASE_S)
      // What does not answer once does not answer twice.
      if (mapped === undefined || this.#life.signal.aborted) return this.#byPmp.size > 0
      this.#byPmp.set(`${protocol} ${String(port)}`, () => mapByPmp(gateway, protocol, port, 0))
      this.#opened('NAT-PMP', protocol, own, port, mapped)
    }
    return true
  }

  async #openByUpnp(): Promise<void> {
    const signal = AbortSignal.any([this.#life.signal, AbortSignal.timeout(SEARCH_MS)])
    const client = upnpNat({ description: 'p2p-chat', autoRefresh: false, ttl: LEASE_S * 1_000 })
    for await (const gateway of client.findGateways({ signal })) {
      if (gateway.family === 'IPv4') await this.#openOn(gateway)
    }
  }

  async #openOn(gateway: Gateway): Promise<void> {
    const own = await this.#listenedTowards(gateway.host)
    if (own === undefined) return
    for (const [protocol, port] of wanted(this.#options.ports)) {
      const signal = AbortSignal.any([this.#life.signal, AbortSignal.timeout(SEARCH_MS)])
      try {
        const { externalHost, externalPort } = await gateway.map(port, own, {
          protocol: protocol === 'tcp' ? 'TCP' : 'UDP',
          signal,
        })
        this.#opened('UPnP', protocol, own, port, { externalIp: externalHost, externalPort })
      } catch (error) {
        this.#options.runtime.log('ports: UPnP refused', { port, protocol, why: String(error) })
      }
    }
  }

  #opened(by: string, protocol: Protocol, own: string, port: number, mapped: Mapped): void {
    const { addresses, tell } = this.#options
    const { externalIp, externalPort } = mapped
    // Behind a second router the address that this one has is of no use to anybody.
    if (isPrivateIp(externalIp) !== false) {
      if (!this.#toldOfNoUse)
        tell(
          `${by}: the router has no public address itself (${externalIp}): its ports are no way in.`,
        )
      this.#toldOfNoUse = true
      return
    }
    const key = `${protocol} ${String(port)}`
    const before = this.#open.get(key)
    const isNew = before?.externalIp !== externalIp || before.externalPort !== externalPort
    if (isNew) {
      this.#open.set(key, mapped)
      if (before !== undefined)
        addresses.removePublicAddressMapping(
          own,
          port,
          before.externalIp,
          before.externalPort,
          protocol,
        )
      addresses.addPublicAddressMapping(own, port, externalIp, externalPort, protocol)
      tell(
        `${by}: the router passes ${externalIp} ${protocol} ${String(externalPort)} on to port ${String(port)} here.`,
      )
    }
    // Not left to AutoNAT alone: in a small network there is nobody to dial back.
    addresses.confirmObservedAddr(
      multiaddr(`/ip4/${externalIp}/${protocol}/${String(externalPort)}`),
      { ttl: LEASE_S * 1_000 },
    )
  }

  /** Nothing if the way there leaves from an address that is not listened on. */
  async #listenedTowards(gateway: string): Promise<string | undefined> {
    const { host } = this.#options
    const own = await addressTowards(gateway)
    return host === 'all' || host === '0.0.0.0' || host === own ? own : undefined
  }
}

function wanted(ports: Ports): readonly (readonly [Protocol, number])[] {
  return (
    [
      ['tcp', ports.port],
      ['tcp', ports.tcpPort],
      ['udp', ports.quicPort],
      ['udp', ports.webrtcPort],
    ] as const
  ).flatMap(([protocol, port]) => (port === 'off' ? [] : [[protocol, port] as const]))
}

/** This machine's address on the network that leads there; nothing is sent. */
function addressTowards(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => {
      socket.close()
      resolve(undefined)
    })
    socket.connect(1, host, (error?: Error) => {
      const { address } = socket.address()
      socket.close()
      resolve(error === undefined ? address : undefined)
    })
  })
}
