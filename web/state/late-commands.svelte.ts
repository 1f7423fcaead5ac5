import type { Words } from '../../shared/text/words.ts'
import type { Text } from '../text/en.ts'
import type { code } from './command-code.ts'

export interface CommandSet extends Readonly<typeof code> {
  /** What they answer with, in the language on the screen. */
  readonly words: Words
}

/** The commands: they come soon after the page stands, and whoever wants one sooner waits for them. */
export class LateCommands {
  readonly #text: () => Text
  #coming: Promise<CommandSet> | undefined
  #now = $state.raw<CommandSet>()

  constructor(text: () => Text) {
    this.#text = text
  }

  /** Once they are there. */
  get now(): CommandSet | undefined {
    return this.#now
  }

  /** Rejects if the place that they come from does not answer; asking once more tries once more. */
  want(): Promise<CommandSet> {
    this.#coming ??= this.#fetch()
    return this.#coming
  }

  /** The page is drawn in another language. */
  speak(words: Words): void {
    if (this.#now === undefined) return
    this.#now = { ...this.#now, words }
    this.#coming = Promise.resolve(this.#now)
  }

  async #fetch(): Promise<CommandSet> {
    try {
      const [{ code }, words] = await Promise.all([
        import('./command-code.ts'),
        this.#text().answers(),
      ])
      return (this.#now = { ...code, words })
    } catch (error) {
      this.#coming = undefined
      throw error
    }
  }
}
