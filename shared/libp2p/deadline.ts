import type { Stop } from '../changes.ts'
import type { Clock } from '../runtime.ts'

export interface Deadline {
  /** Aborted after the time, or with `outer`. */
  readonly signal: AbortSignal
  /** To be called when the wait is over, however it ended. */
  readonly stop: Stop
}

/** `AbortSignal.timeout` on the clock that was handed in. */
export function deadline(clock: Clock, ms: number, outer?: AbortSignal): Deadline {
  const timeout = new AbortController()
  const stop = clock.after(ms, () => {
    timeout.abort(new Error(`no answer within ${String(ms)} ms`))
  })
  return {
    signal: outer === undefined ? timeout.signal : AbortSignal.any([timeout.signal, outer]),
    stop,
  }
}
