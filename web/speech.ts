import { tick } from 'svelte'
import type { Speech } from '../shared/commands/command.ts'
import { type Language, languageOf } from '../shared/text/languages.ts'
import type { Words } from '../shared/text/words.ts'
import { read, write } from './small-store.ts'
import type { Text } from './text/en.ts'
import { loadText } from './text/load.ts'

const KEY = 'p2p-chat-language'

export interface SpeechOptions {
  /** Beyond this tab. */
  readonly kept: boolean
  /**
   * Draws the page in other words; what is written and said stays.
   * @param answers what the commands say from now on, if they are there already
   */
  readonly draw: (text: Text, answers?: Words) => void
}

/** The language of the page: what `/lang` chose, else the first of the browser's own that there is. */
export class PageSpeech implements Speech {
  readonly #options: SpeechOptions
  #language: Language = 'en'

  constructor(options: SpeechOptions) {
    this.#options = options
  }

  get language(): Language {
    return this.#language
  }

  /** Before the page is drawn. Without a network, English is better than nothing. */
  async begin(): Promise<void> {
    const chosen = read(KEY)
    const wanted = typeof chosen === 'string' ? [chosen] : []
    const language = languageOf([...wanted, ...navigator.languages]) ?? 'en'
    const text = await this.#fetch(language)
    if (text !== undefined) this.#be(language, text)
  }

  async speak(language: Language): Promise<Words | undefined> {
    const text = await this.#fetch(language)
    const answers = await text?.answers().catch(() => undefined)
    if (text === undefined || answers === undefined) return undefined
    const focused = document.activeElement?.id ?? ''
    this.#be(language, text, answers)
    if (this.#options.kept) write(KEY, language)
    // All is drawn anew: whoever was writing goes on writing.
    await tick()
    document.getElementById(focused)?.focus()
    return answers
  }

  async #fetch(language: Language): Promise<Text | undefined> {
    try {
      return await loadText(language)
    } catch {
      return undefined
    }
  }

  #be(language: Language, text: Text, answers?: Words): void {
    this.#language = language
    document.documentElement.lang = language
    this.#options.draw(text, answers)
  }
}
