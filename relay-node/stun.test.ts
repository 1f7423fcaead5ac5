import { createSocket } from 'node:dgram'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Runtime, systemRuntime } from '../shared/runtime.ts'
import { askRelay } from '../shared/relay-word.ts'
import { StunResponder } from './stun.ts'
import { connect, hasIpv6, person, relayIn, temporaryFolder, until } from './test-relay.ts'

const REQUEST = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex')
/** Nobody's packet on loopback takes so long. */
const SILENCE_MS = 150

interface Asker {
  readonly port: number
  readonly answers: Buffer[]
  readonly ask: (packet: Buffer, port: number) => void
}

async function asker(address = '127.0.0.1'): Promise<Asker> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  const answers: Buffer[] = []
  socket.on('message', (packet) => answers.push(packet))
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  onTestFinished(() => void socket.close())
  return {
    port: socket.address().port,
    answers,
    ask: (packet, port) => {
      socket.send(packet, port, address.includes(':') ? '::1' : '127.0.0.1')
    },
  }
}

async function responder(host = '127.0.0.1', runtime = systemRuntime()): Promise<number> {
  const stun = new StunResponder({ host, port: 0, runtime })
  onTestFinished(() => stun.stop())
  await stun.start()
  return Number(stun.port)
}

/** Its clock stands until it is moved. */
function standing(): { readonly runtime: Runtime; readonly pass: (ms: number) => void } {
  let now = 1_000_000
  const runtime = systemRuntime()
  return {
    runtime: { ...runtime, clock: { ...runtime.clock, now: () => now } },
    pass: (ms) => {
      now += ms
    },
  }
}

function silence(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SILENCE_MS))
}

/** The port in an XOR-MAPPED-ADDRESS that stands first. */
function portIn(answer: Buffer | undefined): number {
  return (answer?.readUInt16BE(26) ?? 0) ^ 0x2112
}

describe('on UDP', () => {
  test('everybody is told the port they are seen at', async () => {
    const port = await responder()
    const [alice, bob] = [await asker(), await asker()]
    alice.ask(REQUEST, port)
    bob.ask(REQUEST, port)
    await until(() => alice.answers.length === 1 && bob.answers.length === 1)
    expect([portIn(alice.answers[0]), portIn(bob.answers[0])]).toEqual([alice.port, bob.port])
  })

  test.skipIf(!hasIpv6)('on all interfaces it is one port for IPv4 and IPv6', async () => {
    const port = await responder('all')
    const [alice, bob] = [await asker(), await asker('::1')]
    alice.ask(REQUEST, port)
    bob.ask(REQUEST, port)
    await until(() => alice.answers.length === 1 && bob.answers.length === 1)
    expect([alice.answers[0]?.length, bob.answers[0]?.length]).toEqual([32, 44])
  })

  test('rubbish gets no answer, and the next request does', async () => {
    const port = await responder()
    const eve = await asker()
    for (const packet of [Buffer.alloc(0), Buffer.alloc(2_000, 1), REQUEST.subarray(1)])
      eve.ask(packet, port)
    await silence()
    expect(eve.answers).toEqual([])
    eve.ask(REQUEST, port)
    await until(() => eve.answers.length === 1)
  })

  test('one source gets 300 answers at once and 100 a second', async () => {
    const { runtime, pass } = standing()
    const port = await responder('127.0.0.1', runtime)
    const eve = await asker()
    const flood = async (packets: number): Promise<void> => {
      for (let i = 0; i < packets; i++) {
        eve.ask(REQUEST, port)
        // Not more at once than a socket's buffer holds.
        if (i % 50 === 49) await silence()
      }
      await silence()
    }
    await flood(400)
    expect(eve.answers).toHaveLength(300)
    pass(1_000)
    await flood(150)
    expect(eve.answers).toHaveLength(400)
    // Somebody else, on the same machine, at another address.
    const bob = await asker('127.0.0.2')
    bob.ask(REQUEST, port)
    await until(() => bob.answers.length === 1)
  })

  test('once stopped it is silent, and its port is free', async () => {
    const stun = new StunResponder({ host: '127.0.0.1', port: 0, runtime: systemRuntime() })
    await stun.start()
    const port = Number(stun.port)
    await stun.stop()
    const alice = await asker()
    alice.ask(REQUEST, port)
    await silence()
    expect(alice.answers).toEqual([])
    const next = new StunResponder({ host: '127.0.0.1', port, runtime: systemRuntime() })
    onTestFinished(() => next.stop())
    await next.start()
    expect([stun.port, next.port]).toEqual(['off', port])
  })
})

describe('a relay-node', () => {
  const iceServersOf = async (port: unknown): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${String(port)}/bootstrap.json`)
    return ((await response.json()) as { iceServers: unknown }).iceServers
  }

  test('names its own responder and nobody else', async () => {
    const relay = await relayIn(await temporaryFolder())
    expect(await iceServersOf(relay.port)).toEqual([{ urls: [`stun:0.0.0.0:${relay.stunPort}`] }])
    const alice = await asker()
    alice.ask(REQUEST, Number(relay.stunPort))
    await until(() => alice.answers.length === 1)
  })

  test.each(['0', 'off'])('with STUN_PORT=%s tells who asks for its word so', async (port) => {
    const relay = await relayIn(await temporaryFolder(), { STUN_PORT: port })
    const alice = await person()
    await connect(alice, relay)
    const word = await askRelay(alice, relay.peerId, AbortSignal.timeout(5_000))
    expect(word?.stun).toBe(relay.stunPort === 'off' ? undefined : relay.stunPort)
    expect(relay.stunPort === 'off').toBe(port === 'off')
  })

  test('with STUN_PORT=off has none', async () => {
    const relay = await relayIn(await temporaryFolder(), { STUN_PORT: 'off' })
    expect([relay.stunPort, await iceServersOf(relay.port)]).toEqual(['off', []])
  })
})
