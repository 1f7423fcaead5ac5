import type { Entry } from '../../shared/entry.ts'
import { StorageError } from '../../shared/history.ts'
import type { PeerId } from '../../shared/ids.ts'
import type { Room } from '../../shared/room.ts'

const RECALL_MAX = 100
/** In a crowded room one's own are far between; nobody walks back further than this. */
const READ_MAX = 2_000
const PAGE = 200

/** What was sent from here, to be walked through with the arrow keys; newest first is 1. */
export class Recall {
  #sent: readonly string[] = []
  #at = 0
  #remembers = false

  /** At the end again, where nothing is recalled. */
  rest(): void {
    this.#at = 0
  }

  get resting(): boolean {
    return this.#at === 0
  }

  add(text: string): void {
    this.rest()
    if (this.#sent.at(-1) !== text) this.#sent = [...this.#sent, text].slice(-RECALL_MAX)
  }

  /** Nothing if there is nothing further on; an empty text at the end. */
  walk(step: 1 | -1): string | undefined {
    const at = Math.min(Math.max(this.#at + step, 0), this.#sent.length)
    if (at === this.#at) return undefined
    this.#at = at
    return at === 0 ? '' : (this.#sent.at(-at) ?? '')
  }

  /**
   * What I said before this page was opened can be recalled as well.
   * @param held what is on the screen: at hand without reading
   */
  remember(room: Room, me: PeerId, held: readonly Entry[]): void {
    if (this.#remembers) return
    this.#remembers = true
    this.#putBefore(held, me)
    void this.#read(room, me, held[0])
  }

  async #read(room: Room, me: PeerId, oldest: Entry | undefined): Promise<void> {
    let before = oldest?.position
    try {
      for (let read = 0; read < READ_MAX && this.#sent.length < RECALL_MAX; read += PAGE) {
        const page = await room.page({ limit: PAGE, ...(before === undefined ? {} : { before }) })
        this.#putBefore(page, me)
        before = page[0]?.position
        if (page.length < PAGE) return
      }
    } catch (error) {
      // Then only what is at hand is recalled; that the disk fails is told where messages are.
      if (!(error instanceof StorageError)) throw error
    }
  }

  #putBefore(entries: readonly Entry[], me: PeerId): void {
    const mine = entries.filter(({ author, kind }) => author === me && AS_TYPED.has(kind))
    const texts = mine.map(({ kind, content }) => AS_TYPED.get(kind)?.(content) ?? content)
    // What was sent since the page was opened is in both.
    const before = texts.filter((text) => !this.#sent.includes(text))
    this.#sent = [...before, ...this.#sent].slice(-RECALL_MAX)
  }
}

/** In the box, so that Enter would say it again. */
const AS_TYPED: ReadonlyMap<string, (content: string) => string> = new Map([
  ['text', (content: string) => (content.startsWith('/') ? `/${content}` : content)],
  ['action', (content: string) => `/me ${content}`],
])
