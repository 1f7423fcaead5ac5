import { type RemoteInfo, type Socket, createSocket } from 'node:dgram'
import { Bucket, type BucketSize, Buckets } from '../shared/guard.ts'
import type { Runtime } from '../shared/runtime.ts'
import type { Port } from './config.ts'
import { groupsOf } from './fairness.ts'
import { REQUEST_MAX_BYTES, answerBinding } from './stun-message.ts'

export interface StunOptions {
  /** An IP address, or `all`. */
  readonly host: string
  readonly port: Port
  readonly runtime: Runtime
}

/**
 * Of one IPv4 address or IPv6 /64. An office of a hundred people whose links are each kept open
 * every 10 s needs about as many; to whomever a forged source points, it is 5 KB a second at most.
 */
const PER_SOURCE: BucketSize = { burst: 300, perSecond: 100 }
/** Of all together: some 5 % of a core. */
const IN_ALL: BucketSize = { burst: 5_000, perSecond: 5_000 }

/**
 * Tells whoever asks how they are seen from here (STUN, RFC 8489), so that browsers behind NATs find
 * a way to each other and no third party is asked. It answers binding requests and nothing else.
 */
export class StunResponder {
  readonly #options: StunOptions
  readonly #sources: Buckets
  readonly #all: Bucket
  readonly #sockets: Socket[] = []

  constructor(options: StunOptions) {
    this.#options = options
    this.#sources = new Buckets([PER_SOURCE], options.runtime.clock)
    this.#all = new Bucket(IN_ALL, options.runtime.clock)
  }

  /** The one that is listened on. */
  get port(): Port {
    return this.#sockets[0]?.address().port ?? 'off'
  }

  /** Rejects if the port cannot be listened on. */
  async start(): Promise<void> {
    const { host, port } = this.#options
    if (port === 'off') return
    await this.#listen(host === 'all' ? '0.0.0.0' : host, port)
    if (host === 'all') await this.#listenOnIpv6()
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#sockets.splice(0).map(
        (socket) =>
          new Promise<void>((resolve) => {
            socket.close(resolve)
          }),
      ),
    )
  }

  /** The same port, also if it is any free one. */
  async #listenOnIpv6(): Promise<void> {
    try {
      await this.#listen('::', Number(this.port))
    } catch (error) {
      // Machines without IPv6 are common; a taken port is a mistake to be told.
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EADDRINUSE' && this.#options.port !== 0) throw error
    }
  }

  async #listen(host: string, port: number): Promise<void> {
    const ip6 = host.includes(':')
    const socket = createSocket({ type: ip6 ? 'udp6' : 'udp4', ipv6Only: ip6 })
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close()
        reject(error)
      })
      socket.bind({ port, address: host }, () => {
        socket.removeAllListeners('error')
        resolve()
      })
    })
    socket.on('error', (error) => {
      this.#options.runtime.log('stun: socket', { error })
    })
    socket.on('message', (packet, from) => {
      this.#answer(socket, packet, from)
    })
    this.#sockets.push(socket)
  }

  #answer(socket: Socket, packet: Buffer, from: RemoteInfo): void {
    if (packet.length > REQUEST_MAX_BYTES) return
    const answer = answerBinding(packet, from)
    // Only what would be answered counts: rubbish in somebody's name must not cost them their answers.
    if (answer === undefined || !this.#all.take() || !this.#sources.take(sourceOf(from))) return
    // Whoever cannot be reached does not hear us: nothing to be done about it.
    socket.send(answer, from.port, from.address, () => undefined)
  }
}

/** An IPv4 address, or the /64 that one household or one rented machine has. */
function sourceOf({ family, address }: RemoteInfo): string {
  return family === 'IPv4' ? address : groupsOf(address).slice(0, 4).join(':')
}
