export type Stop = () => void

/** The one event primitive: the payload is what changed, emitted after the store said yes. */
export class Changes<T> {
  readonly #listeners = new Set<(change: T) => void>()

  subscribe(listener: (change: T) => void): Stop {
    // A wrapper, so that one function subscribed twice is heard twice and stopped once each.
    const own = (change: T): void => {
      listener(change)
    }
    this.#listeners.add(own)
    return () => {
      this.#listeners.delete(own)
    }
  }

  emit(change: T): void {
    for (const listener of [...this.#listeners]) listener(change)
  }
}
