import type { RequestListener } from 'node:http'
import { type Server, createServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { type Runtime, repeat } from '../shared/runtime.ts'
import type { OwnCertificate } from './certificate.ts'
import type { Port } from './config.ts'
import type { Visitors } from './fairness.ts'
import { SILENCE_MAX_MS, type Upgrade, upgradeOrAnswer } from './one-port.ts'

export interface HttpsPortOptions {
  /** An IP address, or `all`. */
  readonly host: string
  readonly port: Port
  readonly certificate: OwnCertificate
  /** The same as on the plain port. */
  readonly answer: RequestListener
  readonly upgrade: Upgrade
  readonly visitors: Visitors
  readonly runtime: Runtime
}

const DAY_MS = 24 * 3_600_000

/**
 * The page and libp2p's WebSocket once more, over TLS: a browser gives a page no keys to sign with
 * that came by plain http from anywhere but this very machine.
 */
export class HttpsPort {
  readonly #options: HttpsPortOptions
  readonly #servers: Server[] = []
  /** Those that have become WebSockets: the server counts them as open, but closes them no more. */
  readonly #upgraded = new Set<Duplex>()
  #stopRenewing = (): void => undefined

  constructor(options: HttpsPortOptions) {
    this.#options = options
  }

  /** The one that is listened on. */
  get port(): Port {
    const address = this.#servers[0]?.address()
    return typeof address === 'object' && address !== null ? address.port : 'off'
  }

  /** Rejects if the port cannot be listened on. */
  async start(): Promise<void> {
    const { host, port, certificate, runtime } = this.#options
    if (port === 'off') return
    const { pem } = await certificate.load()
    await this.#listen(host === 'all' ? '0.0.0.0' : host, port, pem)
    if (host === 'all') await this.#listenOnIpv6(pem)
    this.#stopRenewing = repeat(
      runtime.clock,
      () => DAY_MS,
      () => void this.#renew(),
    )
  }

  async stop(): Promise<void> {
    this.#stopRenewing()
    for (const socket of this.#upgraded) socket.destroy()
    await Promise.all(
      this.#servers.splice(0).map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => {
              resolve()
            })
            server.closeAllConnections()
          }),
      ),
    )
  }

  async #listen(host: string, port: number, pem: string): Promise<void> {
    const { answer, upgrade, visitors } = this.#options
    const server = createServer({ key: pem, cert: pem, handshakeTimeout: SILENCE_MAX_MS }, answer)
    // `ws` sets it back to none as soon as the WebSocket stands.
    server.timeout = SILENCE_MAX_MS
    server.on('connection', (socket) => {
      visitors.receive(socket)
    })
    const handOver = upgradeOrAnswer(upgrade, answer)
    server.on('upgrade', (request, socket, head) => {
      this.#upgraded.add(socket)
      socket.once('close', () => this.#upgraded.delete(socket))
      handOver(request, socket, head)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, ipv6Only: host.includes(':') }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    this.#servers.push(server)
  }

  /** The same port, also if it is any free one. */
  async #listenOnIpv6(pem: string): Promise<void> {
    try {
      await this.#listen('::', Number(this.port), pem)
    } catch (error) {
      // Machines without IPv6 are common; a taken port is a mistake to be told.
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EADDRINUSE' || this.#options.port === 0) return
      await this.stop()
      throw error
    }
  }

  async #renew(): Promise<void> {
    const renewed = await this.#options.certificate.renew()
    if (renewed === undefined) return
    const { pem } = renewed
    for (const server of this.#servers) server.setSecureContext({ key: pem, cert: pem })
  }
}
