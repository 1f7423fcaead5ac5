import { IDBObjectStore as FakeStore } from 'fake-indexeddb'
import { vi } from 'vitest'

export type Request =
  'add' | 'put' | 'delete' | 'clear' | 'get' | 'getKey' | 'getAll' | 'getAllKeys' | 'openKeyCursor'

export interface Dying {
  readonly dead: () => boolean
  readonly revive: () => void
}

/** From its `nth` request on, of those that are counted, the engine commits nothing any more. */
export function dieAt(nth: number, counted: readonly Request[]): Dying {
  let requests = 0
  for (const method of counted) {
    const original = FakeStore.prototype[method] as (...args: unknown[]) => unknown
    vi.spyOn(FakeStore.prototype, method).mockImplementation(function (
      this: IDBObjectStore,
      ...args: unknown[]
    ) {
      const { transaction } = this
      if (++requests >= nth) {
        queueMicrotask(() => {
          abort(transaction)
        })
      }
      return original.apply(this, args) as never
    })
  }
  const revive = (): void => {
    vi.restoreAllMocks()
  }
  return { dead: () => requests >= nth, revive }
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort()
  } catch {
    // Aborted by an earlier request, or committed already.
  }
}
