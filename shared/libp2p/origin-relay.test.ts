import { expect, onTestFinished, test } from 'vitest'
import { Changes } from '../changes.ts'
import type { PeerId } from '../ids.ts'
import { Relays } from './relays.ts'
import { fail, ok } from '../failure.ts'
import type { Link, NetworkChange } from '../network.ts'
import { systemRuntime } from '../runtime.ts'
import { VirtualClock } from '../testing/virtual-time.ts'
import { type Bootstrap, parseBootstrap } from '../bootstrap.ts'
import { OriginRelay } from './origin-relay.ts'
import { originAddress } from '../origin.ts'

const START = 1_700_000_000_000
const ORIGIN = 'http://chat.example:8080'
const FIRST = '12D3KooWHFNHq23qGJtUXjCjbqwEJCVoRDzEAyqXX8rQqLNMQeD9' as PeerId
const SECOND = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN' as PeerId
const MINUTE_MS = 60_000

function bootstrapOf(peerId: PeerId): Bootstrap {
  const parsed = parseBootstrap(
    { version: '0.1.0', peerId, multiaddrs: [], iceServers: [], topic: 'tea' },
    START,
  )
  if (!parsed.ok) throw new Error('not a bootstrap')
  return parsed.value
}

/** A page, and whoever stands at its origin: nobody, or a relay-node of some name. */
function page(remembered: readonly string[] = []) {
  const clock = new VirtualClock(START)
  const runtime = { ...systemRuntime(), clock }
  const at = { origin: FIRST as PeerId | undefined }
  const asked: number[] = []
  const moved: PeerId[] = []
  let link: Link | undefined
  const network = {
    changes: new Changes<NetworkChange>(),
    links: () => (link === undefined ? [] : [link]),
    dial: (address: string) => {
      const peer = at.origin
      if (peer === undefined || !address.endsWith(peer))
        return Promise.resolve(fail({ kind: 'unreachable', what: address }))
      link = {
        peer,
        address,
        path: 'direct',
        transport: 'WebSocket',
        direction: 'outbound',
        since: clock.now(),
        relay: true,
      }
      network.changes.emit({ kind: 'linked', link })
      return Promise.resolve(ok(peer))
    },
    ping: () => Promise.resolve(ok(1)),
    hangUp: () => Promise.resolve(),
    open: (peer: PeerId) => Promise.resolve(fail({ kind: 'unreachable', what: peer })),
    addresses: () => (link === undefined ? [] : [`${link.address}/p2p-circuit/p2p/me`]),
  }
  const relays = new Relays({ network, runtime, addresses: remembered })
  const origin = new OriginRelay({
    runtime,
    network,
    relays,
    bootstrap: Promise.resolve(bootstrapOf(FIRST)),
    askAgain: () => {
      asked.push(clock.now() - START)
      return Promise.resolve(at.origin === undefined ? undefined : bootstrapOf(at.origin))
    },
    pageOrigin: ORIGIN,
    moved: ({ peerId }) => void moved.push(peerId),
  })
  relays.start()
  origin.start()
  onTestFinished(() => {
    origin.stop()
    relays.stop()
  })
  return {
    clock,
    origin,
    at,
    asked,
    moved,
    linkedTo: () => link?.peer,
    known: () => relays.known.map(({ peer }) => peer),
    breakLink: () => {
      const lost = link
      link = undefined
      if (lost !== undefined) network.changes.emit({ kind: 'unlinked', link: lost })
    },
  }
}

test('while there is a link, nothing is asked', async () => {
  const { clock, asked, linkedTo } = page()
  await clock.run(10 * MINUTE_MS)
  expect(linkedTo()).toBe(FIRST)
  expect(asked).toEqual([])
})

test('another relay-node at the same address is taken, and the first one forgotten', async () => {
  const { clock, at, breakLink, moved, linkedTo, known } = page()
  await clock.run(MINUTE_MS)
  at.origin = undefined
  breakLink()
  await clock.run(MINUTE_MS)
  at.origin = SECOND
  await clock.runUntil(() => linkedTo() === SECOND, 31_000)
  expect(known()).toEqual([SECOND])
  expect(moved).toEqual([SECOND])
})

test('asks ever less often while nobody answers, and at once when the network may be back', async () => {
  const { clock, origin, at, asked, breakLink } = page()
  await clock.run(MINUTE_MS)
  at.origin = undefined
  breakLink()
  await clock.run(10 * MINUTE_MS)
  expect(asked.length).toBeGreaterThan(20)
  expect(asked.length).toBeLessThan(50)
  const before = asked.length
  origin.nudge()
  await clock.run(0)
  expect(asked.length).toBe(before + 1)
  origin.stop()
  await clock.run(10 * MINUTE_MS)
  expect(asked.length).toBe(before + 1)
})

test('who is remembered at the address from an earlier visit is not dialled for ever', async () => {
  const { clock, known } = page([originAddress(ORIGIN, SECOND)])
  await clock.run(1_000)
  expect(known()).toEqual([FIRST])
})
