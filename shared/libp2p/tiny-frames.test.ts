import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { Uint8ArrayList } from 'uint8arraylist'
import { expect, onTestFinished, test } from 'vitest'
import { addressOf, startPeer } from './test-node.ts'

const PROTOCOL = '/slow/1'
/** A link on which so long nothing goes is held up. */
const QUIET_MS = 500
const MEBIBYTE = 1_024 * 1_024
/** Of yamux (its specification): types and flags of frames. */
const [DATA, PING, SYN] = [0, 2, 1]

/** What lies under a connection: whoever is hostile writes what they like to it. */
interface Line {
  send(bytes: Uint8Array): boolean
  addEventListener(event: 'message', run: () => void): void
  readonly stream?: Line
  readonly socket?: { pause(): void; readonly writableLength: number }
}

function lineOf(connection: Connection): Line {
  return (connection as unknown as { readonly muxer: { readonly maConn: Line } }).muxer.maConn
}

function header(type: number, flag: number, stream: number, length: number): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setUint8(1, type)
  view.setUint16(2, flag)
  view.setUint32(4, stream)
  view.setUint32(8, length)
  return bytes
}

function times(n: number, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(Array.from({ length: n }, () => [...bytes]).flat())
}

/** @param take what the other end does with a stream */
async function eveAt(
  take: (stream: Stream) => void | Promise<void> = () => undefined,
): Promise<{ readonly connection: Connection; readonly stream: Stream }> {
  const [eve, bob] = [await startPeer(), await startPeer()]
  onTestFinished(async () => {
    for (const { node } of [eve, bob]) await node.stop()
  })
  await bob.node.handle(PROTOCOL, take)
  const connection = await eve.node.dial(multiaddr(addressOf(bob)))
  return { connection, stream: await connection.newStream(PROTOCOL) }
}

/** patches/README.md, uint8arraylist */
test('bytes that come one by one are kept together, and all there', () => {
  const list = new Uint8ArrayList()
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7)
  for (let i = 0; i < bytes.length; i++) {
    list.append(bytes.subarray(i, i + 1))
    if (i % 10_000 === 9_999) list.consume(1_500)
  }
  expect([...list].length).toBeLessThan(2_000)
  expect(list.subarray()).toEqual(bytes.subarray(15_000))
})

/** patches/README.md, uint8arraylist */
test('a list that is appended by greater pieces keeps them as they are', () => {
  const pieces = Array.from({ length: 1_500 }, () => new Uint8Array(2_048))
  const list = new Uint8ArrayList(...pieces)
  expect([...list].every((piece, i) => piece === pieces[i])).toBe(true)
})

/** patches/README.md, @libp2p/utils */
test('whoever takes a stream slowly is sent no more meanwhile, and gets all of it in the end', async () => {
  let go = (): void => undefined
  const waiting = new Promise<void>((resolve) => (go = resolve))
  let taken = 0
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  const { stream } = await eveAt(async (inbound) => {
    for await (const chunk of inbound) {
      await waiting
      taken += chunk.byteLength
    }
    end()
  })
  const sent = 40 * MEBIBYTE
  stream.send(new Uint8Array(sent))
  const closed = stream.close()
  for (let left = Infinity; stream.writeBufferLength < left; await sleep(QUIET_MS))
    left = stream.writeBufferLength
  expect(stream.writeBufferLength).toBeGreaterThan(0)
  expect(taken).toBe(0)
  go()
  await Promise.all([closed, ended])
  expect(taken).toBe(sent)
})

/** patches/README.md, @libp2p/yamux */
test('a frame that is longer than anybody was allowed to send ends the connection before it is read', async () => {
  const { connection, stream } = await eveAt()
  lineOf(connection).send(header(DATA, 0, Number(stream.id), 0xffff_ffff))
  while (connection.status === 'open') await sleep(5)
})

/** patches/README.md, @libp2p/yamux */
test('who asks without end and does not read the answers is hung up on', async () => {
  const { connection } = await eveAt()
  const line = lineOf(connection)
  let under: Line | undefined = line
  while (under !== undefined && under.socket === undefined) under = under.stream
  const socket = under?.socket
  if (socket === undefined) throw new Error('no socket')
  const pings = times(5_000, header(PING, SYN, 0, 1))
  let stalled = 0
  // A socket that nobody reads is never told that it was closed: it only takes no more, or fails.
  socket.pause()
  while (connection.status === 'open' && stalled < 200) {
    if (socket.writableLength < MEBIBYTE) line.send(pings)
    await sleep(5)
    stalled = socket.writableLength < MEBIBYTE ? 0 : stalled + 1
  }
  expect(connection.status).not.toBe('open')
})

/** patches/README.md, @libp2p/yamux */
test('a byte is not answered by a frame each time', async () => {
  let taken = 0
  const { connection, stream } = await eveAt((inbound) => {
    inbound.addEventListener('message', ({ data }) => (taken += data.byteLength))
  })
  let answers = 0
  lineOf(connection).addEventListener('message', () => answers++)
  for (let i = 0; i < 2_000; i++) {
    stream.send(Uint8Array.of(1))
    await new Promise(setImmediate)
  }
  while (taken < 2_000) await sleep(5)
  expect(answers).toBeLessThan(200)
})
