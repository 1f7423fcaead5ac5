import type { Stop } from './changes.ts'

/** Time, handed in so that one seed replays a whole network. */
export interface Clock {
  /** ms since 1970 */
  now(): number
  /** ms since some moment, untouched when the device's clock is set; absent where nothing tells. */
  steady?(): number
  /** Calls `run` once after `ms`, unless stopped. */
  after(ms: number, run: () => void): Stop
}

/** ms since some moment; the device's clock where there is no steady one. */
export function steadyOf(clock: Clock): number {
  return clock.steady?.() ?? clock.now()
}

/** Chance, handed in. */
export interface Random {
  bytes(length: number): Uint8Array<ArrayBuffer>
  /** 0 ≤ x < 1 */
  fraction(): number
}

/** What happened, for developers; never holds a secret nor what people say. */
export type Log = (event: string, details?: Readonly<Record<string, unknown>>) => void

export interface Runtime {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Resolves after `ms`; rejects with the signal's reason when cancelled. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error)
      return
    }
    const cancel = (): void => {
      stop()
      reject(signal?.reason as Error)
    }
    const stop = clock.after(ms, () => {
      signal?.removeEventListener('abort', cancel)
      resolve()
    })
    signal?.addEventListener('abort', cancel, { once: true })
  })
}

/** Runs again and again, each time after what `next` says (ms), until stopped. */
export function repeat(clock: Clock, next: () => number, run: () => void): Stop {
  let stop: Stop = () => undefined
  const again = (): void => {
    stop = clock.after(next(), () => {
      again()
      run()
    })
  }
  again()
  return () => {
    stop()
  }
}

/** The real world: `Date`, timers and the platform's random source. */
export function systemRuntime(log: Log = () => undefined): Runtime {
  return {
    clock: {
      now: () => Date.now(),
      steady: () => performance.now(),
      after: (ms, run) => {
        // What was due while the process was busy is due now; Node warns of what is negative.
        const timer = setTimeout(run, Math.max(0, ms))
        return () => {
          clearTimeout(timer)
        }
      },
    },
    random: {
      bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      fraction: () => Math.random(),
    },
    log,
  }
}
