import { type Socket, createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'

/** NAT-PMP (RFC 6886), which is older and simpler than UPnP: two kinds of datagram to the default gateway. */

export interface Mapped {
  readonly externalIp: string
  readonly externalPort: number
}

export type Protocol = 'tcp' | 'udp'

const PORT = 5_351
const OP = { address: 0, udp: 1, tcp: 2 }
const ANSWER = 128
/** RFC 6886, 3.1: the first wait; each next one is twice as long. */
const FIRST_WAIT_MS = 250
const TRIES = 4

/** The IPv4 gateway that leads out, where the system tells: Linux does. */
export async function defaultGateway(): Promise<string | undefined> {
  const table = await readFile('/proc/net/route', 'utf8').catch(() => '')
  const [, , gateway = ''] =
    table
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(([, destination, gateway]) => destination === '00000000' && gateway !== '00000000') ??
    []
  // Hexadecimal, the last octet first.
  const octets = gateway.match(/../g)?.map((octet) => parseInt(octet, 16)) ?? []
  return octets.length === 4 ? octets.toReversed().join('.') : undefined
}

/** @param seconds how long it is to hold; `0` ends it */
export async function mapByPmp(
  gateway: string,
  protocol: Protocol,
  port: number,
  seconds: number,
): Promise<Mapped | undefined> {
  const wish = Buffer.alloc(12)
  wish.writeUInt8(OP[protocol], 1)
  wish.writeUInt16BE(port, 4)
  wish.writeUInt16BE(seconds === 0 ? 0 : port, 6)
  wish.writeUInt32BE(seconds, 8)
  const address = await ask(gateway, Buffer.from([0, OP.address]), 12)
  const mapping = address === undefined ? undefined : await ask(gateway, wish, 16)
  if (address === undefined || mapping === undefined) return undefined
  return {
    externalIp: address.subarray(8, 12).join('.'),
    externalPort: mapping.readUInt16BE(10),
  }
}

/** Nothing if the gateway does not speak NAT-PMP, or says no. */
async function ask(gateway: string, question: Buffer, size: number): Promise<Buffer | undefined> {
  const socket = createSocket('udp4')
  try {
    return await new Promise((resolve) => {
      socket.on('error', () => {
        resolve(undefined)
      })
      socket.on('message', (answer) => {
        if (answer.length < 4 || answer.readUInt8(1) !== question.readUInt8(1) + ANSWER) return
        resolve(answer.readUInt16BE(2) === 0 && answer.length >= size ? answer : undefined)
      })
      // Connected, so that nobody else's datagrams are taken. With an error where no way leads there.
      socket.connect(PORT, gateway, (error?: Error) => {
        if (error !== undefined) resolve(undefined)
        else
          repeat(socket, question, TRIES, FIRST_WAIT_MS, () => {
            resolve(undefined)
          })
      })
    })
  } finally {
    socket.close()
  }
}

function repeat(
  socket: Socket,
  question: Buffer,
  tries: number,
  wait: number,
  end: () => void,
): void {
  if (tries === 0) {
    end()
    return
  }
  try {
    socket.send(question)
  } catch {
    // Closed: it has been answered.
    return
  }
  setTimeout(() => {
    repeat(socket, question, tries - 1, wait * 2, end)
  }, wait).unref()
}
