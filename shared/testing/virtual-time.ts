import type { Stop } from '../changes.ts'
import type { Clock, Random } from '../runtime.ts'

/** Long enough for every microtask that waits, and for a key or digest that a thread has finished. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    // eslint-disable-next-line no-restricted-globals -- turns of the real event loop are what this waits for
    setImmediate(resolve)
  })
}

const ASYNC_CRYPTO = ['digest', 'sign', 'verify', 'importKey', 'exportKey'] as const
const latin1 = new TextDecoder('latin1')
type Asked = (...args: unknown[]) => Promise<unknown>
/** What is remembered of one simulation: 100 MB of answers at most. */
const MEMORY_MAX = 400_000

/**
 * WebCrypto answers from threads, in an order that nobody can foretell. Here it is the real one, but
 * what it answers is handed out in the order in which it was asked, each answer in a turn of its
 * own: so one seed tells one story, and it is known when nothing real is on its way any more.
 *
 * Fifty nodes of one simulation hash and verify the same bytes under the same key: each question is
 * put to WebCrypto once, and whoever asks again gets its answer at once. No check is left out.
 */
class RealWork {
  #pending = 0
  #last: Promise<unknown> = Promise.resolve()
  readonly #memory = new Map<string, Promise<unknown>>()
  readonly #keys = new WeakMap<object, number>()
  #keyCount = 0

  install(): void {
    const subtle = crypto.subtle as unknown as Record<string, Asked>
    for (const name of ASYNC_CRYPTO) {
      const real = subtle[name]?.bind(subtle)
      if (real === undefined) throw new Error(`no crypto.subtle.${name}`)
      const inOrder: Asked = (...args) => this.#inOrder(real(...args))
      const value = name === 'digest' || name === 'verify' ? this.#remembering(inOrder) : inOrder
      Object.defineProperty(subtle, name, { value })
    }
  }

  /** A simulation that begins knows nothing of the one before: it tells the same story after any other. */
  forget(): void {
    this.#memory.clear()
  }

  /** Resolves once all that can happen without time passing has happened. */
  async settled(): Promise<void> {
    do {
      // Not turn after turn: most of the time would go by in asking.
      if (this.#pending > 0) await this.#last
      // And a turn for whoever got an answer, who may ask something else.
      await nextTurn()
    } while (this.#pending > 0)
  }

  #remembering(ask: Asked): Asked {
    return (...args) => {
      const question = args.map((arg) => this.#spelt(arg)).join('|')
      let answer = this.#memory.get(question)
      if (answer === undefined) {
        if (this.#memory.size >= MEMORY_MAX) this.#memory.clear()
        answer = ask(...args)
        this.#memory.set(question, answer)
      }
      return answer
    }
  }

  /** Two arguments are spelt alike only if WebCrypto cannot tell them apart. */
  #spelt(arg: unknown): string {
    if (typeof arg === 'string') return arg
    if (arg instanceof Uint8Array) return `${arg.length}:${latin1.decode(arg)}`
    if (!(arg instanceof CryptoKey)) throw new Error('not asked for in the core')
    const key = this.#keys.get(arg) ?? ++this.#keyCount
    this.#keys.set(arg, key)
    return `key ${key}`
  }

  #inOrder(work: Promise<unknown>): Promise<unknown> {
    this.#pending++
    const before = this.#last
    const answer = (async () => {
      try {
        await before
        return await work
      } finally {
        await nextTurn()
        this.#pending--
      }
    })()
    // Whoever asked sees the failure; the next in line does not.
    work.catch(() => undefined)
    this.#last = answer.catch(() => undefined)
    return answer
  }
}

const realWork = new RealWork()
realWork.install()

/** Each simulation asks everything anew. */
export function forgetAnswers(): void {
  realWork.forget()
}

/** What a timer answers when it did nothing: then nothing real can be on its way either. */
export const NOTHING_HAPPENED = Symbol('nothing happened')

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => unknown
  stopped: boolean
}

/** Time that passes only when told to, and only when nothing real is on its way. */
export class VirtualClock implements Clock {
  /** A binary heap, the earliest first; of two at one time, the one that was set first. */
  readonly #timers: Timer[] = []
  #now: number
  #order = 0

  /** @param start ms since 1970 */
  constructor(start: number) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  steady(): number {
    return this.#now
  }

  after(ms: number, run: () => unknown): Stop {
    const timer: Timer = {
      at: this.#now + Math.max(0, ms),
      order: this.#order++,
      run,
      stopped: false,
    }
    this.#push(timer)
    return () => {
      timer.stopped = true
    }
  }

  /** Lets `ms` pass. */
  async run(ms: number): Promise<void> {
    const end = this.#now + ms
    await realWork.settled()
    for (
      let timer = this.#timers[0];
      timer !== undefined && timer.at <= end;
      timer = this.#timers[0]
    ) {
      this.#pop()
      if (timer.stopped) continue
      this.#now = timer.at
      if (timer.run() !== NOTHING_HAPPENED) await realWork.settled()
    }
    this.#now = end
  }

  /** Lets time pass until `condition` holds; says how long that took, ms. */
  async runUntil(condition: () => boolean, withinMs: number): Promise<number> {
    const start = this.#now
    await realWork.settled()
    while (!condition()) {
      const next = this.#timers[0]
      if (next === undefined || next.at > start + withinMs) {
        throw new Error(`did not happen within ${withinMs} ms: ${condition.toString()}`)
      }
      await this.run(Math.max(0, next.at - this.#now))
    }
    return this.#now - start
  }

  #push(timer: Timer): void {
    const heap = this.#timers
    let at = heap.length
    while (at > 0) {
      const parent = heap[(at - 1) >> 1]
      if (parent === undefined || isEarlier(parent, timer)) break
      heap[at] = parent
      at = (at - 1) >> 1
    }
    heap[at] = timer
  }

  #pop(): void {
    const heap = this.#timers
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      let next = heap[child]
      const right = heap[child + 1]
      if (next !== undefined && right !== undefined && isEarlier(right, next)) {
        child++
        next = right
      }
      if (next === undefined || isEarlier(last, next)) break
      heap[at] = next
      at = child
    }
    heap[at] = last
  }
}

function isEarlier(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

/** A clock that is off by so much, on the same time. */
export class SkewedClock implements Clock {
  readonly #clock: VirtualClock
  /** ms; what it is set to while it runs is a jump. */
  ahead: number

  constructor(clock: VirtualClock, ahead: number) {
    this.#clock = clock
    this.ahead = ahead
  }

  now(): number {
    return this.#clock.now() + this.ahead
  }

  steady(): number {
    return this.#clock.steady()
  }

  after(ms: number, run: () => unknown): Stop {
    return this.#clock.after(ms, run)
  }
}

/** sfc32 (C. Doty-Humphrey, PractRand): small, quick, and the same everywhere. */
export class SeededRandom implements Random {
  #state: [number, number, number, number]

  constructor(seed: number) {
    this.#state = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1]
    for (let i = 0; i < 15; i++) this.#next()
  }

  fraction(): number {
    return this.#next() / 2 ** 32
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length }, () => this.#next() & 0xff)
  }

  /** `min` ≤ x < `max` */
  between(min: number, max: number): number {
    return min + this.fraction() * (max - min)
  }

  #next(): number {
    const [a, b, c, d] = this.#state
    const sum = (((a + b) | 0) + d) | 0
    const turned = ((c << 21) | (c >>> 11)) + sum
    this.#state = [b ^ (b >>> 9), (c + (c << 3)) | 0, turned | 0, (d + 1) | 0]
    return sum >>> 0
  }
}
