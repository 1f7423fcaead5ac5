import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { runOf } from './history.ts'
import { RUNS_MAX, type Runs, heldIn, withSeq, withoutSeq } from './runs.ts'

const seqs = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 })
const runsOf = (list: readonly number[]): Runs => list.reduce<Runs>(withSeq, [])

test('runs say what the set of their seqs says, in whatever order these came', () => {
  fc.assert(
    fc.property(seqs, (list) => {
      expect(heldIn(runsOf(list))).toEqual(runOf(new Set(list)))
    }),
  )
})

test('a seq that goes leaves the others', () => {
  fc.assert(
    fc.property(seqs, fc.integer({ min: 1, max: 60 }), (list, gone) => {
      const rest = list.filter((seq) => seq !== gone)
      expect(withoutSeq(runsOf(list), gone)).toEqual(runsOf(rest))
    }),
  )
})

test('a log full of gaps costs a bounded row, and its newest runs stay true', () => {
  const runs = runsOf(Array.from({ length: 1_000 }, (_, i) => 2 * i + 1))
  expect(runs).toHaveLength(RUNS_MAX)
  expect(heldIn(runs)).toEqual(runOf(new Set(Array.from({ length: 1_000 }, (_, i) => 2 * i + 1))))
})
