/**
 * The page's way through the browser's history: an entry per room, and upon it one for each thing that lies over
 * the talk, so that going back takes these away before it leaves the room. The state of an entry counts them.
 */
export class Trail {
  #depth = 0
  #uncover: () => void = () => undefined
  /** Where to go once nothing of the room before is left ahead. */
  #next: { readonly hash: string; readonly replaces: boolean } | undefined
  /** The browser was sent back, which takes a moment. */
  #returns = false

  /** @param replaces where the reader was is no place to come back to */
  navigate(hash: string, replaces = false): void {
    this.#next = { hash, replaces }
    this.#settle()
  }

  /**
   * @param depth how many things lie over the talk
   * @param uncover takes away the uppermost
   */
  cover(depth: number, uncover: () => void): void {
    this.#depth = depth
    this.#uncover = uncover
    this.#settle()
  }

  /** The browser has gone back or on, by itself or because it was sent. */
  arrive(): void {
    const uncovers = !this.#returns && Number(history.state) < this.#depth
    this.#returns = false
    if (uncovers) this.#uncover()
    else this.#settle()
  }

  #settle(): void {
    if (this.#returns) return
    const next = this.#next
    const wanted = next === undefined ? this.#depth : 0
    let at = Number(history.state)
    if (at > wanted) {
      this.#returns = true
      history.go(wanted - at)
      return
    }
    this.#next = undefined
    if (next !== undefined && next.hash !== location.hash)
      history[next.replaces ? 'replaceState' : 'pushState'](null, '', next.hash)
    while (at < this.#depth) history.pushState(++at, '')
  }
}
