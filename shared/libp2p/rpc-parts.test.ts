import { RPC } from '@libp2p/gossipsub/message'
import { expect, test } from 'vitest'
import { gossipOptions } from './gossip.ts'
import { partsOf } from './rpc-parts.ts'

const { decodeRpcLimits, maxInboundDataLength = 0 } = gossipOptions()
const id = new Uint8Array(46).fill(1)
const message = (length: number): RPC.Message => ({
  from: new Uint8Array(38),
  seqno: new Uint8Array(8),
  topic: 'x'.repeat(64),
  data: new Uint8Array(length),
  signature: new Uint8Array(64),
})

/** What whoever receives it reads. */
function read(part: RPC): RPC {
  const bytes = RPC.encode(part)
  expect(bytes.length).toBeLessThanOrEqual(maxInboundDataLength)
  const limits = {
    subscriptions: decodeRpcLimits?.maxSubscriptions ?? 0,
    messages: decodeRpcLimits?.maxMessages ?? 0,
    control$: {
      ihave: decodeRpcLimits?.maxControlMessages ?? 0,
      graft: decodeRpcLimits?.maxControlMessages ?? 0,
    },
  }
  return RPC.decode(bytes, { limits })
}

test('what fits is sent as it is', () => {
  const rpc = { subscriptions: [{ topic: 'lobby', subscribe: true }], messages: [message(9)] }
  expect(partsOf(rpc)).toEqual([rpc])
  const empty = { subscriptions: [], messages: [] }
  expect(partsOf(empty)).toEqual([empty])
})

test('all rooms of a relay-node, and all that somebody asks for, come in parts that are read', () => {
  const topics = Array.from({ length: 4_000 }, (_, i) => `${'x'.repeat(60)}${i}`)
  const rpc = {
    subscriptions: topics.map((topic) => ({ topic, subscribe: true })),
    messages: [
      ...Array.from({ length: 1_000 }, () => message(400)),
      ...Array.from({ length: 300 }, () => message(16_384)),
    ],
    control: {
      ihave: topics
        .slice(0, 200)
        .map((topicID) => ({ topicID, messageIDs: Array<Uint8Array>(5_000).fill(id) })),
      iwant: [{ messageIDs: [id] }],
      graft: topics.slice(0, 200).map((topicID) => ({ topicID })),
      prune: [],
      idontwant: [],
    },
  }
  const parts = partsOf(rpc).map(read)
  expect(parts.flatMap((part) => part.subscriptions.map(({ topic }) => topic))).toEqual(topics)
  expect(parts.flatMap((part) => part.messages.map(({ data }) => data?.length))).toEqual(
    rpc.messages.map(({ data }) => data?.length),
  )
  const { ihave, graft, iwant } = rpc.control
  const control = parts.map((part) => part.control)
  expect(control.flatMap((each) => each?.ihave.map(({ topicID }) => topicID) ?? [])).toEqual(
    ihave.map(({ topicID }) => topicID),
  )
  expect(control.flatMap((each) => each?.graft ?? [])).toEqual(graft)
  expect(control.flatMap((each) => each?.iwant ?? [])).toHaveLength(iwant.length)
})
