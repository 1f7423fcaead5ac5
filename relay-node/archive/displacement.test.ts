import { expect, test } from 'vitest'
import type { Entry } from '../../shared/entry.ts'
import type { PeerId } from '../../shared/ids.ts'
import {
  NEW_YEAR,
  type Person,
  alice,
  bob,
  carol,
  entry,
  eve,
  lobby,
} from '../../shared/testing/people.ts'
import { ROW_BYTES } from '../store/room-rows.ts'
import { Displacement } from './displacement.ts'

const HOUR_MS = 3_600_000
const HUGE = 1e12
const ROOM_BYTES = 1_000_000

/** A room that holds `held` bytes; of the people, those in `authors` have come in this order. */
function archive({
  held = ROOM_BYTES,
  total = 0,
  totalBytes = HUGE,
  names = 1,
  rooms = 100,
}: {
  held?: number
  total?: number
  totalBytes?: number
  names?: number
  rooms?: number
}) {
  let now = 0
  const authors: PeerId[] = [alice.peerId]
  const displacement = new Displacement({
    history: {
      newestAuthor: () => authors.length,
      hasSpoken: (_, author, newest) =>
        authors.includes(author) && authors.indexOf(author) < newest,
    },
    limits: { days: 30, roomBytes: ROOM_BYTES, totalBytes, rooms },
    names: { has: () => names <= rooms * 0.5, size: names },
    clock: { now: () => now, after: () => () => undefined },
    usage: () => ({ entries: 1, bytes: held }),
    total: () => ({ entries: 1, bytes: total }),
    // The address is the first half of what stands for a peer here.
    groupOf: (peer) => peer.split('/')[0],
  })
  return {
    displacement,
    pass: (ms: number): void => {
      now += ms
    },
    came: (who: Person): void => {
      authors.push(who.peerId)
    },
    /** How many bytes of `who` are let in, of two megabytes that are offered. */
    offer: async (who: Person, by = 'home/1'): Promise<number> => {
      const said = await big(who)
      const size = said.bytes.length + ROW_BYTES
      let taken = 0
      for (let i = 0; i * size < 2 * ROOM_BYTES; i++) {
        if (!displacement.admits(said, by as PeerId)) continue
        taken += size
        displacement.settle([said])
      }
      return taken
    },
  }
}

function big(who: Person): Promise<Entry> {
  return entry(who, { content: 'x'.repeat(500), room: lobby.id, clock: NEW_YEAR })
}

function isAbout(bytes: number, expected: number): void {
  expect(bytes).toBeGreaterThan(expected * 0.95)
  expect(bytes).toBeLessThanOrEqual(expected)
}

test('whoever comes fills a room as long as there is room, also with what is still on its way', async () => {
  const { displacement } = archive({ held: 0 })
  const said = await big(eve)
  let taken = 0
  for (let i = 0; i < 3_000; i++) if (displacement.admits(said, 'home/1' as PeerId)) taken++
  isAbout(taken * (said.bytes.length + ROW_BYTES), ROOM_BYTES * (0.95 + 0.05))
})

test('newcomers displace a twentieth an hour and address, a fifth by all addresses', async () => {
  const { offer, pass } = archive({})
  isAbout(await offer(eve), ROOM_BYTES / 20)
  expect(await offer(bob, 'home/2')).toBe(0)
  for (const address of ['there', 'yonder', 'elsewhere'])
    isAbout(await offer(carol, address), ROOM_BYTES / 20)
  expect(await offer(carol, 'nowhere')).toBeLessThan(ROOM_BYTES / 200)
  pass(HOUR_MS)
  isAbout(await offer(eve), ROOM_BYTES / 20)
})

test('whoever was here an hour ago rolls on, and newcomers do not use that up', async () => {
  const { offer, pass, came } = archive({})
  await offer(eve)
  isAbout(await offer(alice), ROOM_BYTES / 10)
  isAbout(await offer(alice, 'there'), ROOM_BYTES / 10)
  came(bob)
  pass(HOUR_MS / 2)
  // Half an hour of a twentieth, shared with eve.
  isAbout(await offer(bob), ROOM_BYTES / 40)
  pass(HOUR_MS)
  isAbout(await offer(bob), ROOM_BYTES / 10)
})

test('the whole archive, and its list of rooms, are displaced as slowly', async () => {
  const whole = archive({ held: 0, total: ROOM_BYTES, totalBytes: ROOM_BYTES })
  isAbout(await whole.offer(eve), ROOM_BYTES / 20)
  const named = archive({ held: 0, names: 100 })
  const said = await big(eve)
  let rooms = 0
  for (let i = 0; i < 50; i++) if (named.displacement.admits(said, 'home/1' as PeerId)) rooms++
  expect(rooms).toBe(5)
})
