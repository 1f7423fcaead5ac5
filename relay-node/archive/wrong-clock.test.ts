import { describe, expect, test } from 'vitest'
import { START } from '../../shared/ids.ts'
import { NEW_YEAR, lobby } from '../../shared/testing/people.ts'
import { archive, lines } from './test-archive.ts'

const DAY_US = 24 * 3_600_000_000

describe('a clock that is wrong', () => {
  const DAY_MS = DAY_US / 1_000
  const YEARS_MS = 2 * 365 * DAY_MS
  const NOW = NEW_YEAR / 1_000

  /** An archive of a month that ended properly, with three lines of today and of 20 days ago. */
  async function used(): Promise<string> {
    const { at, history, close } = await archive({ days: 30 })
    history.open(lobby)
    await history.add(await lines(3, { from: NEW_YEAR - 20 * DAY_US }))
    await history.add(await lines(3))
    await close()
    return at
  }

  test('by years, at a start, takes nothing away and leaves no floor', async () => {
    const at = await used()
    const ahead = await archive({ days: 30 }, at, NOW + YEARS_MS)
    expect(ahead.age.doubt).toMatch(/^this machine's clock is 730 days ahead of /)
    expect(ahead.history.total.entries).toBe(6)
    await ahead.close()
    const right = await archive({ days: 30 }, at, NOW + 60_000)
    expect(right.age.doubt).toBeUndefined()
    expect(right.history.total.entries).toBe(6)
    expect((await right.history.floor(lobby.id)).clock).toBeLessThan(NEW_YEAR - 20 * DAY_US)
    right.history.open(lobby)
    expect(await right.history.add(await lines(1, { from: NEW_YEAR + 60_000_000 }))).toHaveLength(1)
  })

  test('that is set while it runs costs a day an hour at most, and nothing once others tell the time', async () => {
    const { history, heard, age, passHours, setClock } = await archive({ days: 30 }, await used())
    setClock(NOW + YEARS_MS)
    await passHours(10)
    expect(history.total.entries).toBe(6)
    // It would be 11 days ahead of what it was by now.
    await passHours(1)
    expect(history.total.entries).toBeLessThan(6)
    for (const other of ['bob', 'carol']) heard.learn(NOW + 11 * 3_600_000, other)
    await passHours(100)
    expect(history.total.entries).toBe(3)
    expect(age.doubt).toMatch(/ahead/)
  })

  test('that stands at 1970 until it is set holds nothing up for long', async () => {
    const at = await used()
    const { history, age, passHours, setClock } = await archive({ days: 30 }, at, 0)
    expect(age.doubt).toMatch(/^this machine's clock is 20089 days behind /)
    expect(history.total.entries).toBe(6)
    setClock(NOW + 15 * DAY_MS)
    await passHours(15)
    expect(history.total.entries).toBe(3)
    expect(age.doubt).toBeUndefined()
  })

  test.each([
    ['before this program was written', NEW_YEAR / 1_000 - 2 * YEARS_MS, []],
    ['far behind those of others', NOW, ['bob', 'carol']],
  ])('that is %s is told of by an archive that is new, too', async (_, start, others) => {
    const { age, heard, setClock } = await archive({ days: 30 }, undefined, start)
    for (const other of others) heard.learn(start + YEARS_MS, other)
    expect(age.behind).toBe(true)
    expect(age.doubt).toMatch(/^this machine's clock is at least \d+ days behind; /)
    if (others.length === 0) setClock(NOW)
    for (const other of others) heard.learn(start + 3_600_000, other)
    expect(age.behind).toBe(false)
    expect(age.doubt).toBeUndefined()
  })

  test('has set floors years ahead once: they are forgotten at the next start', async () => {
    const at = await used()
    const { disk, close } = await archive({ days: 30 }, at)
    await disk.trim(lobby.id, { ...START, clock: NEW_YEAR + 700 * DAY_US })
    await close()
    const { history, age } = await archive({ days: 30 }, at, NOW + 60_000)
    history.open(lobby)
    expect(await history.add(await lines(2))).toHaveLength(2)
    expect(age.doubt).toBeUndefined()
  })

  test('is none after a month without power: what is too old is gone in two days, of quiet rooms as well', async () => {
    const { history, age, passHours } = await archive({ days: 30 }, await used(), NOW + 31 * DAY_MS)
    expect(age.doubt).toMatch(/^this machine's clock is 31 days ahead of /)
    await passHours(48)
    expect(history.total).toMatchObject({ rooms: 0, entries: 0 })
    await passHours(1)
    expect(age.doubt).toBeUndefined()
  })
})
