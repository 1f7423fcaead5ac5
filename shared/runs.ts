import { HOLES_MAX, type HeldLog } from './history.ts'

/** Unbroken runs of seqs, both ends included, the oldest first; they neither touch nor overlap. */
export type Runs = readonly (readonly [lo: number, hi: number])[]

/**
 * A log with more gaps than this is a hostile one: its oldest runs are forgotten, so that it costs
 * a bounded row. Twice what `holes` can show, so that filling some does not run it dry.
 */
export const RUNS_MAX = 2 * HOLES_MAX

export function withSeq(runs: Runs, seq: number): Runs {
  const below = runs.filter(([, hi]) => hi < seq - 1)
  const above = runs.filter(([lo]) => lo > seq + 1)
  const touching = runs.slice(below.length, runs.length - above.length)
  const lo = Math.min(seq, touching.at(0)?.[0] ?? seq)
  const hi = Math.max(seq, touching.at(-1)?.[1] ?? seq)
  return [...below, [lo, hi] as const, ...above].slice(-RUNS_MAX)
}

export function withoutSeq(runs: Runs, seq: number): Runs {
  return runs.flatMap((run) => {
    const [lo, hi] = run
    if (seq < lo || seq > hi) return [run]
    const parts: Runs = [
      [lo, seq - 1],
      [seq + 1, hi],
    ]
    return parts.filter(([from, to]) => from <= to)
  })
}

/** The newest run and the holes below it; nothing of a log of which nothing is held. */
export function heldIn(runs: Runs): Pick<HeldLog, 'lo' | 'hi' | 'holes'> | undefined {
  const newest = runs.at(-1)
  if (newest === undefined) return undefined
  const holes: number[] = []
  for (let i = runs.length - 1; i > 0; i--) {
    const [from] = runs[i] ?? newest
    const [, to] = runs[i - 1] ?? newest
    for (let seq = from - 1; seq > to && holes.length < HOLES_MAX; seq--) holes.push(seq)
  }
  return { lo: newest[0], hi: newest[1], holes }
}
