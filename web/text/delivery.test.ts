import { expect, test } from 'vitest'
import { en } from './en.ts'
import { th } from './th.ts'
import type { Whereabouts } from './whereabouts.ts'

const SENT: Whereabouts = { state: 'sent', devices: 0, others: 1, archive: false }
const STORED: Whereabouts = { state: 'stored', devices: 1, others: 2, archive: false }

test('one’s own words tell that the archive keeps nothing new, as long as they are not in it', () => {
  expect(en.delivery({ ...STORED, refusal: 'full' })).toBe(
    'Stored on 2 of 3 devices; the relay’s archive keeps nothing new (its disk is full)',
  )
  expect(en.delivery({ ...SENT, refusal: 'clock' })).toMatch(
    /^Handed to others; .*; the relay’s archive keeps nothing new \(its clock is far behind\)$/,
  )
  expect(en.delivery(STORED)).toBe('Stored on 2 of 3 devices')
  for (const where of [SENT, STORED])
    expect(th.delivery({ ...where, refusal: 'failed' })).toBe(
      `${th.delivery(where)} คลังของรีเลย์ไม่เก็บอะไรใหม่ (${th.words.refusal('failed')})`,
    )
})

test('one’s own words tell that the archive keeps no more of them', () => {
  const share = '; the relay’s archive keeps no more of yours: your share of this room is full'
  for (const where of [SENT, STORED, { ...SENT, state: 'queued' } as const]) {
    expect(en.delivery({ ...where, unkept: true })).toBe(`${en.delivery(where)}${share}`)
    expect(th.delivery({ ...where, unkept: true })).toMatch(/ส่วนของคุณในห้องนี้เต็มแล้ว$/)
  }
})
