import { SvelteMap } from 'svelte/reactivity'
import type { Entry } from '../../shared/entry.ts'
import { type Delivery, StorageError } from '../../shared/history.ts'
import type { EntryId } from '../../shared/ids.ts'
import type { Room } from '../../shared/room.ts'
import type { Whereabouts } from '../text/whereabouts.ts'

/** Where my own messages are, as far as it is proved. */
export class Deliveries {
  readonly #states = new SvelteMap<EntryId, Delivery>()
  readonly #returned = new Set<EntryId>()

  get(id: EntryId): Delivery | undefined {
    return this.#states.get(id)
  }

  set(id: EntryId, delivery: Delivery): void {
    this.#states.set(id, delivery)
  }

  /** What the store knows of messages that it has just been read for. */
  async read(room: Room, ids: readonly EntryId[]): Promise<void> {
    const known = await room.deliveries(ids)
    for (const id of ids) {
      const delivery = known.get(id)
      // One's own of which the store has no evidence it did not write: others brought it back.
      if (delivery === undefined) this.#returned.add(id)
      this.#states.set(id, delivery ?? 'sent')
    }
  }

  /** What is said now tells its delivery at once; what does not was lost here and comes from others. */
  async learn(room: Room, id: EntryId): Promise<void> {
    let known: ReadonlyMap<EntryId, Delivery>
    try {
      known = await room.deliveries([id])
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      // Nothing is claimed of it until its page is read again.
      return
    }
    if (this.#states.has(id)) return
    this.#returned.add(id)
    this.#states.set(id, known.get(id) ?? 'sent')
  }

  whereabouts(room: Room | undefined, entry: Entry): Whereabouts {
    const delivery = this.#states.get(entry.id) ?? 'queued'
    const state = delivery === 'sent' && this.#returned.has(entry.id) ? 'returned' : delivery
    const evidence = room?.evidence(entry, delivery)
    return {
      state,
      devices: evidence?.devices ?? 0,
      archive: evidence?.archive ?? false,
      others: room?.presence.people.length ?? 0,
      ...(evidence?.unkept === true ? { unkept: true } : {}),
    }
  }
}
