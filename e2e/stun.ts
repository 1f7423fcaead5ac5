import { type Socket, createSocket } from 'node:dgram'
import { networkInterfaces } from 'node:os'

const BINDING_REQUEST = 0x0001
const BINDING_RESPONSE = 0x0101
const XOR_MAPPED_ADDRESS = 0x0020
const MAGIC = 0x2112a442

/** A STUN server that says what it is told to: so a network with any NAT can stand in one process. */
export class StunServer {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** @param outside the address it tells, or none: it never answers */
  static async start(outside?: {
    readonly host: string
    readonly port: number
  }): Promise<StunServer> {
    const socket = createSocket('udp4')
    socket.on('message', (request, from) => {
      if (outside === undefined || request.readUInt16BE(0) !== BINDING_REQUEST) return
      socket.send(response(request.subarray(8, 20), outside), from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind(0, '0.0.0.0', resolve))
    return new StunServer(socket)
  }

  /** As `iceServers` names it; browsers send no STUN from loopback. */
  get url(): string {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
    const host = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
    return `stun:${host ?? '127.0.0.1'}:${this.#socket.address().port}`
  }

  stop(): void {
    this.#socket.close()
  }
}

function response(
  transaction: Uint8Array,
  { host, port }: { readonly host: string; readonly port: number },
): Uint8Array {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt16BE(BINDING_RESPONSE, 0)
  bytes.writeUInt16BE(12, 2)
  bytes.writeUInt32BE(MAGIC, 4)
  bytes.set(transaction, 8)
  bytes.writeUInt16BE(XOR_MAPPED_ADDRESS, 20)
  bytes.writeUInt16BE(8, 22)
  bytes.writeUInt16BE(1, 24)
  bytes.writeUInt16BE(port ^ (MAGIC >>> 16), 26)
  const address = host.split('.').reduce((all, part) => all * 256 + Number(part), 0)
  bytes.writeUInt32BE((address ^ MAGIC) >>> 0, 28)
  return bytes
}
