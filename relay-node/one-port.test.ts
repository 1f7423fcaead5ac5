import { mkdir, writeFile } from 'node:fs/promises'
import { type Socket, createConnection } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SILENCE_MAX_MS } from './one-port.ts'
import type { Relay } from './relay.ts'
import { connect, person, relayIn, temporaryFolder, until } from './test-relay.ts'
import { listenersOf } from './transports.ts'

const REQUEST_HEAD = 'HTTP/1.1\r\nHost: localhost\r\n'
const HANDSHAKE =
  `GET / ${REQUEST_HEAD}Upgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'
/** More than the buffers of both ends hold. */
const BIG_BYTES = 64 * 1_024 * 1_024

function openTo(relay: Relay, text = ''): Socket {
  const socket = createConnection(relay.port as number, '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  if (text !== '') socket.write(text)
  return socket
}

/** What the port has open, as the relay-node sees it. */
function socketsOf(relay: Relay): readonly Socket[] {
  return listenersOf(relay.libp2p).flatMap((each) =>
    'http' in each && 'sockets' in each ? [...(each.sockets as ReadonlySet<Socket>)] : [],
  )
}

function connections(relay: Relay): number {
  return socketsOf(relay).length
}

function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (bytes) => {
      resolve(bytes.toString())
    })
  })
}

describe('one port', () => {
  test('who asks again on one connection is not waited for any longer', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'page'))
    await writeFile(join(folder, 'page/index.html'), 'built')
    await writeFile(join(folder, 'page/big.png'), Buffer.alloc(BIG_BYTES))
    const relay = await relayIn(folder)
    const socket = openTo(relay, `GET /health ${REQUEST_HEAD}\r\n`)
    await heard(socket)
    socket.pause()
    socket.write(`GET /big.png ${REQUEST_HEAD}\r\n`)
    await until(() => socketsOf(relay).every(({ writableLength }) => writableLength > 0))
    expect(socketsOf(relay).map(({ timeout }) => timeout)).toEqual([SILENCE_MAX_MS])
  })

  test.each([
    ['reserved bits', [0xf2, 0x80, 1, 2, 3, 4]],
    ['an unknown kind', [0x83, 0x80, 1, 2, 3, 4]],
    ['no mask', [0x82, 0x01, 1]],
    ['a text that is none', [0x81, 0x81, 0, 0, 0, 0, 0xff]],
  ])('a frame with %s ends its connection and nothing else', async (_, frame) => {
    const relay = await relayIn(await temporaryFolder())
    const socket = openTo(relay, HANDSHAKE)
    expect(await heard(socket)).toMatch(/^HTTP\/1.1 101/)
    socket.write(Buffer.from(frame))
    await until(() => connections(relay) === 0)
    // Node would end the process; here, what nobody caught fails the test.
    expect(await heard(openTo(relay, `GET /health ${REQUEST_HEAD}\r\n`))).toContain(' 200 ')
  })

  test('a message of many megabytes is not held', async () => {
    const relay = await relayIn(await temporaryFolder())
    const socket = openTo(relay, HANDSHAKE)
    expect(await heard(socket)).toMatch(/^HTTP\/1.1 101/)
    const began = performance.now()
    // The head of a masked binary frame, and nothing of its 90 MiB.
    const head = Buffer.alloc(14)
    head.writeUInt16BE(0x82ff)
    head.writeBigUInt64BE(BigInt(90 * 1_024 * 1_024), 2)
    socket.write(head)
    await until(() => connections(relay) === 0)
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test('who offers HTTP/2 is answered in HTTP/1.1', async () => {
    const relay = await relayIn(await temporaryFolder())
    const offer =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'
    const answer = await heard(openTo(relay, `GET /health ${REQUEST_HEAD}${offer}\r\n`))
    expect(answer).toMatch(/^HTTP\/1.1 200 OK/)
    expect(answer.toLowerCase()).toContain('connection: close')
    await until(() => connections(relay) === 0)
  })

  test('of connections that ask for nothing, or slowly, one address has half, and others get the page', async () => {
    const relay = await relayIn(await temporaryFolder(), { HOST: '0.0.0.0', MAX_CONNECTIONS: '10' })
    const slow = Array.from({ length: 40 }, (_, i) => openTo(relay, i % 2 === 0 ? '' : 'GET / HT'))
    await until(() => slow.filter(({ destroyed }) => destroyed).length === 30)
    const other = createConnection({
      port: relay.port as number,
      host: '127.0.0.1',
      localAddress: '127.0.0.2',
    })
    onTestFinished(() => void other.destroy())
    other.write(`GET /health ${REQUEST_HEAD}\r\n`)
    expect(await heard(other)).toContain(' 200 ')
    for (const socket of slow) socket.destroy()
    await until(() => connections(relay) === 1)
    expect(await heard(openTo(relay, `GET /health ${REQUEST_HEAD}\r\n`))).toContain(' 200 ')
  })

  // Longer than the farewell is waited for, and shorter than `ws` would.
  test(
    'a WebSocket that is refused and says no farewell is let go of',
    { timeout: 20_000 },
    async () => {
      const relay = await relayIn(await temporaryFolder(), { MAX_CONNECTIONS: '2' })
      await connect(await person(), relay)
      const socket = openTo(relay, HANDSHAKE)
      expect(await heard(socket)).toMatch(/^HTTP\/1.1 101/)
      await until(() => connections(relay) === 1)
    },
  )

  test('a connection on which nothing was said does not hold up the stop', async () => {
    const relay = await relayIn(await temporaryFolder())
    openTo(relay)
    await until(() => connections(relay) === 1)
    const began = performance.now()
    await relay.stop()
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
