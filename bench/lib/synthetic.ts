import type { Entry } from '../../shared/entry.ts'
import type { EntryId, Position } from '../../shared/ids.ts'
import { type Sum, addTo, digestsOf, emptySum } from '../../shared/sums.ts'
import { hourOf } from '../../shared/tally.ts'
import { toBase64url } from '../../shared/bytes.ts'
import { NEW_YEAR, bob, entry } from '../../shared/testing/people.ts'

/** One line every ten seconds: a busy room; a million of them are 116 days. */
const GAP_US = 10_000_000
/** What a short line takes with its signature. */
const LINE_BYTES = 450

/** A row that nobody signed: it fills a store, and is never read back. */
export interface Filler extends Position {
  readonly idBytes: Uint8Array<ArrayBuffer>
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly seq: number
}

export function* fillers(count: number): Generator<Filler> {
  const bytes = new Uint8Array(LINE_BYTES).map((_, i) => i)
  for (let i = 0; i < count; i++) {
    const idBytes = crypto.getRandomValues(new Uint8Array(32))
    const id = toBase64url(idBytes) as EntryId
    yield { clock: NEW_YEAR + i * GAP_US, id, idBytes, bytes, seq: i + 1 }
  }
}

/** The sums of the hours that go by; `put` gets each when it is over. */
export class HourSums {
  readonly #put: (hour: number, sum: Sum) => void
  #hour = 0
  #sum: Sum = emptySum()

  constructor(put: (hour: number, sum: Sum) => void) {
    this.#put = put
  }

  add({ clock, id }: Position): void {
    if (hourOf(clock) !== this.#hour) this.end()
    this.#hour = hourOf(clock)
    addTo(this.#sum, digestsOf(id))
  }

  end(): void {
    if (this.#sum.count > 0) this.#put(this.#hour, this.#sum)
    this.#sum = emptySum()
  }
}

/** Real entries that go on where `after` fillers end. */
export async function signed(after: number, count: number): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (let i = 0; i < count; i++) {
    const clock = NEW_YEAR + (after + i) * GAP_US
    entries.push(
      await entry(bob, { content: `Line ${i}, of some length`, seq: after + i + 1, clock }),
    )
  }
  return entries
}
