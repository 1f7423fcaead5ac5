import type { Wardrobe } from '../shared/commands/command.ts'
import { type Look, lookFrom } from '../shared/look.ts'
import { read, write } from './small-store.ts'

/** public/look.js reads it before the first paint. */
const KEY = 'p2p-chat-look'

/** How the page looks: what `/theme` chose, which the styles find at the root. */
export class Appearance implements Wardrobe {
  readonly #kept: boolean
  #look: Look

  /** @param kept beyond this tab */
  constructor(kept: boolean) {
    this.#kept = kept
    this.#look = lookFrom(read(KEY))
    this.#dress()
  }

  get look(): Look {
    return this.#look
  }

  wear(look: Look): void {
    this.#look = look
    this.#dress()
    if (this.#kept) write(KEY, look)
  }

  #dress(): void {
    const { theme, density, size } = this.#look
    const root = document.documentElement
    root.dataset['theme'] = theme
    root.dataset['density'] = density
    root.style.setProperty('--text-size', String(size / 100))
    // The frame that a phone draws around the page: the page's own paper, whatever the system's theme.
    const paper = theme === 'system' ? undefined : getComputedStyle(root).backgroundColor
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
      meta.dataset['system'] ??= meta.content
      meta.content = paper ?? meta.dataset['system']
    }
  }
}
