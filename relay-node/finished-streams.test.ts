import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { RELAY_PROTOCOL, SYNC_FIRST_FRAME_MS, SYNC_INBOUND_PER_PEER } from '../shared/limits.ts'
import type { FramedStream, StreamProtocol } from '../shared/network.ts'
import { RELAY_WORD } from '../shared/relay-word.ts'
import { SYNC_PROTOCOL } from '../shared/sync.ts'
import { encodeFrame } from '../shared/sync-frames.ts'
import { must } from '../shared/testing/people.ts'
import type { Relay } from './relay.ts'
import { connect, person, relayIn, temporaryFolder, until } from './test-relay.ts'

const FRAME = new Uint8Array(48 * 1024)
/** Of everything that is sent into one stream. */
const FLOOD_FRAMES = 200
const patience = (): AbortSignal => AbortSignal.timeout(1_000)

function streamsOf(relay: Relay, { name }: StreamProtocol) {
  return relay.libp2p
    .getConnections()
    .flatMap(({ streams }) => streams)
    .filter(({ protocol }) => protocol === name)
}

/** How many frames could be handed to a stream before it failed. */
async function flood(stream: FramedStream): Promise<number> {
  for (let i = 0; i < FLOOD_FRAMES; i++) if (!(await stream.write(FRAME, patience())).ok) return i
  return FLOOD_FRAMES
}

test('of eight streams for syncing, five are reset at once, and nothing that is sent into them is kept', async () => {
  const relay = await relayIn(await temporaryFolder())
  const eve = await person()
  await connect(eve, relay)
  const streams = await Promise.all(
    Array.from({ length: 8 }, async () =>
      must(await eve.open(relay.peerId, SYNC_PROTOCOL, patience())),
    ),
  )
  const opened = Date.now()
  await until(() => streamsOf(relay, SYNC_PROTOCOL).length === SYNC_INBOUND_PER_PEER)
  // The others still have their chance to say hello.
  expect(Date.now() - opened).toBeLessThan(SYNC_FIRST_FRAME_MS / 2)
  const answers = await Promise.all(streams.map((stream) => stream.read(AbortSignal.timeout(200))))
  const refusals = answers.filter((read) => read.ok && read.value !== undefined)
  expect(refusals).toEqual(
    Array(5).fill({ ok: true, value: encodeFrame({ kind: 'err', code: 2 }) }),
  )
  const floods = await Promise.all(streams.map(flood))
  expect(floods.filter((frames) => frames === 0)).toHaveLength(5)
  await until(() => streamsOf(relay, SYNC_PROTOCOL).length === 0)
})

test('what is sent into a stream after its end is dropped, and the stream is reset', async () => {
  const relay = await relayIn(await temporaryFolder())
  const eve = await person()
  await connect(eve, relay)
  const stream = must(await eve.open(relay.peerId, RELAY_WORD, patience()))
  expect(RELAY_WORD.name).toBe(RELAY_PROTOCOL)
  must(await stream.read(patience()))
  await flood(stream)
  await sleep(500)
  expect(streamsOf(relay, RELAY_WORD).map(({ readBufferLength }) => readBufferLength)).toEqual([0])
  await until(() => streamsOf(relay, RELAY_WORD).length === 0)
  // The reset is on its way.
  await until(async () => !(await stream.write(FRAME, patience())).ok)
})
