import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { type Head } from '../../shared/history.ts'
import { toBase64url } from '../../shared/bytes.ts'
import { END, type EntryId, START } from '../../shared/ids.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import v1 from '../../shared/testing/fixtures/v1/store.json' with { type: 'json' }
import { alice, garden, lobby, must, saying } from '../../shared/testing/people.ts'
import { checkSums } from '../../shared/testing/sums.ts'
import { dump, restore } from './dump.ts'
import { IdbHistory } from './history-idb.ts'

test.each([['v1', v1]])(
  'a store of %s is read whole, and goes on',
  async (name, { database, expected }) => {
    await restore(name, database)
    expect(await dump(name)).toEqual(database)
    const history = must(await IdbHistory.open({ name, runtime: systemRuntime() }))
    const read = async (room: typeof lobby.id): Promise<unknown> =>
      (await history.page(room, { limit: 99 })).map(({ id, content }) => ({ id, content }))
    expect(await read(lobby.id)).toEqual(expected.page)
    expect(await read(garden.id)).toEqual(expected.garden)
    expect(await history.floor(lobby.id)).toEqual(expected.floor)
    expect(await history.logs(lobby.id)).toEqual(expected.logs)
    const said = expected.deliveries.map(([id]) => id as EntryId)
    expect([...(await history.deliveries(lobby.id, said))]).toEqual(expected.deliveries)
    expect((await history.queued(lobby.id, 9)).map(({ content }) => content)).toEqual(
      expected.queued,
    )
    const whole = { from: START, to: END }
    expect(await history.positions(lobby.id, whole, 99)).toEqual(expected.positions)
    const { count, digest } = await history.fingerprint(lobby.id, whole)
    expect({ count, digest: toBase64url(digest) }).toEqual(expected.fingerprint)
    expect(await history.holders(lobby.id)).toEqual(expected.holders)
    await checkSums(history, lobby.id)
    const heads: Head[] = []
    must(
      await history.say(lobby.id, (head) => {
        heads.push(head)
        return saying(alice, 'and on')(head)
      }),
    )
    expect(heads).toMatchObject([expected.next])
    await history.close()
  },
)
