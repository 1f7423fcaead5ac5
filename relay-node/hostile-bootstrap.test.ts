import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type AddressInfo, type Server, createServer } from 'node:net'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { lpStream } from '@libp2p/utils'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { expect, onTestFinished, test } from 'vitest'
import { type Bytes, concat } from '../shared/bytes.ts'
import { bytesField, readFields, varintField } from '../shared/protobuf.ts'
import { systemRuntime } from '../shared/runtime.ts'
import { person, relayIn, relayProcess, temporaryFolder, until } from './test-relay.ts'

const DHT = '/ipfs/kad/1.0.0'
/** Fewer than a megabyte is read, and decoding it all would cost hundreds. */
const LIES = 1_200
const QUESTIONS = 4
/** A bucket of 20, and of those who are said to be in the room 8. */
const DIALS_PER_QUESTION = 28
/** Stock, one answer of 2.6 MB cost 880. */
const MEMORY_MAX_MIB = 100
const ADDRESSES_EACH = 32
const ED25519_MULTIHASH = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20]
const MEBIBYTE = 1_024 * 1_024

test('hostile bootstrap peers neither stop a relay-node nor make it a weapon; the honest one among them works', async () => {
  const [victim, silent] = [await listener(), await listener()]
  const liar = await startLiar(victim.port)
  const stranger = (await person()).self
  const unreachable = `/ip4/127.0.0.1/tcp/1/p2p/${stranger}`
  const honest = await relayIn(
    await temporaryFolder(),
    { CHAT_TOPIC: 'garden', BOOTSTRAP: unreachable, DHT_MODE: 'server' },
    systemRuntime(),
    () => undefined,
  )
  const address = honest.addresses.find((each) => /\/tcp\/\d+\/p2p\//.test(each)) ?? ''
  const bad = [
    unreachable,
    `/dns4/misspelt.invalid/tcp/4001/p2p/${stranger}`,
    `/ip4/127.0.0.1/tcp/${silent.port}/p2p/${stranger}`,
    // Somebody else lives there.
    address.replace(/[^/]+$/, stranger),
  ]
  const relay = relayProcess(await temporaryFolder(), {
    CHAT_TOPIC: 'garden',
    BOOTSTRAP: [...bad, liar.address, address].join(),
  })
  const lines = await relay.lines
  const url = `${/^Open (http:\S+)$/m.exec(lines.join('\n'))?.[1] ?? ''}/health`
  const before = memoryOf(relay.child.pid)
  await until(() => honest.libp2p.services.pubsub.getSubscribers('garden').length > 0)
  // Both kinds of questions have been answered by a flood, and by more than anybody should read.
  await until(() => liar.asked() >= QUESTIONS)
  await until(() => silent.count() >= 2)
  expect((await fetch(url)).ok).toBe(true)
  const grown = memoryOf(relay.child.pid) - before
  expect(grown).toBeLessThan(MEMORY_MAX_MIB)
  expect(victim.count()).toBeLessThan(QUESTIONS * DIALS_PER_QUESTION)
  expect(honest.libp2p.services.pubsub.getSubscribers('garden')).toHaveLength(1)
  await until(() => silent.count() >= 3)
  relay.child.kill('SIGTERM')
  const { code, stderr } = await relay.ended
  expect(code).toBe(0)
  expect(stderr.trimEnd().split('\n').sort()).toEqual(
    bad
      .map(
        (each) =>
          `The bootstrap peer ${each} cannot be reached, or is another peer than its address says; it is tried again.`,
      )
      .sort(),
  )
}, 120_000)

interface Counting {
  readonly port: number
  /** Connections so far. */
  readonly count: () => number
}

/** Takes connections and says nothing. */
async function listener(): Promise<Counting> {
  let count = 0
  const server: Server = createServer((socket) => {
    count++
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, count: () => count }
}

/** A server of the DHT that answers each question with thousands of peers, all of them at somebody else's door. */
async function startLiar(
  victim: number,
): Promise<{ readonly address: string; readonly asked: () => number }> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify(), ping: ping() },
  })
  onTestFinished(() => node.stop())
  let asked = 0
  const lies = concat(...Array.from({ length: LIES }, () => lie(victim)))
  const tooMany = concat(lies, lies, lies, lies)
  await node.handle(DHT, async (stream) => {
    const framed = lpStream(stream, { maxDataLength: 8 * MEBIBYTE })
    try {
      for (;;) {
        const question = readFields((await framed.read()).subarray()) ?? []
        const type = question.find(({ number }) => number === 1)?.value ?? 0
        asked++
        // Every fourth time it says more than anybody should read.
        const told = asked % 4 === 0 ? tooMany : lies
        await framed.write(concat(varintField(1, type), told))
      }
    } catch {
      // It has hung up.
    }
  })
  const [address] = node.getMultiaddrs()
  return { address: String(address), asked: () => asked }
}

/** Said to be both next to what was asked for, and who has it. */
function lie(port: number): Bytes {
  const peer = concat(Uint8Array.from(ED25519_MULTIHASH), new Uint8Array(randomBytes(32)))
  const addresses = Array.from({ length: ADDRESSES_EACH }, () =>
    bytesField(2, new Uint8Array(multiaddr(`/ip4/127.0.0.1/tcp/${port}`).bytes)),
  )
  const told = concat(bytesField(1, peer), ...addresses)
  return concat(bytesField(8, told), bytesField(9, told))
}

function memoryOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024)
}
