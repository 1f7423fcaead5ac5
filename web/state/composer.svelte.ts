import type { Chat } from '../../shared/chat.ts'
import { type Answer, type Screen, contentOf, findCommand } from '../../shared/commands/command.ts'
import type { Completion, Suggestion } from '../../shared/commands/complete.ts'
import type { Submitted } from '../../shared/commands/submit.ts'
import type { Failure, Result } from '../../shared/failure.ts'
import { StorageError } from '../../shared/history.ts'
import { CONTENT_MAX_POINTS } from '../../shared/limits.ts'
import { checkContent, countPoints } from '../../shared/line.ts'
import type { Room } from '../../shared/room.ts'
import type { ScreenWords } from '../../shared/text/screen-words.ts'
import { CALL, type Drafts } from './drafts.svelte.ts'
import type { EmojiSuggestion, Emojis } from './emojis.svelte.ts'
import type { CommandSet, LateCommands } from './late-commands.svelte.ts'
import { Recall } from './recall.ts'
import type { Timeline } from './timeline.svelte.ts'

export interface ComposerOptions {
  /** Of the room; the room itself may not be open yet. */
  readonly name: string
  readonly drafts: Drafts
  readonly timeline: Timeline
  readonly emojis: Emojis
  /** In the language on the screen by then. */
  readonly words: () => ScreenWords
  readonly commands: LateCommands
  readonly screen: Screen
  readonly version: string
  /** This page can sign nothing: what is written stays in the box. */
  readonly isMute: () => boolean
  /** A command begins. Its answer is told where the reader is by then: it may have changed the room. */
  readonly ask: () => Tell
}

type Tell = (answer: Answer, asked: string) => void

/** One line of the list above the box. */
export type Offered = Suggestion | EmojiSuggestion

interface Opened {
  readonly chat: Chat
  readonly room: Room
}

/** From here on the box says how many characters are left. */
const COUNT_FROM_POINTS = CONTENT_MAX_POINTS - 500
/** A command that was begun, and nothing that somebody has written. */
const NAME_ALONE = /^\/[^\s/]*\s*$/
/** Beside the keys of what is said. */
const ASIDE = 'aside'

/** The box in which one writes: its text, what completes it, and what Enter does. */
export class Composer {
  readonly #options: ComposerOptions
  /** Resolves once the room is open: what is sent earlier waits here. */
  readonly #opening = Promise.withResolvers<Opened>()
  readonly #life = new AbortController()
  #opened = $state.raw<Opened>()
  /** What could not be sent, and the text it was about. */
  #refused = $state.raw<{ readonly failure: Failure; readonly text: string }>()
  /** The text for which Esc closed the list. */
  #closedFor = $state<string>()
  #picked = $state.raw<{ readonly text: string; readonly index: number }>()
  readonly #recall = new Recall()
  /** As it was put into the box; it may have been written on. */
  #recalled: string | undefined
  /** What was being written when the box was wanted for something else; it comes back after that. */
  #aside: string | undefined
  /** Where the caret stands; at the end, if nothing is said of it. */
  #caret = $state<number>()
  /** What was sent before the commands were there. */
  #awaiting: string | undefined
  /** Where the caret is to be put, after something was completed. */
  place = $state<number>()
  /** Tab walks through these; `text` is what it put into the box last. */
  #cycle = $state.raw<{
    readonly text: string
    readonly all: readonly Offered[]
    readonly index: number
  }>()

  constructor(options: ComposerOptions) {
    this.#options = options
  }

  get text(): string {
    return this.#options.drafts.of(this.#options.name)
  }
  set text(text: string) {
    this.#caret = undefined
    this.#options.drafts.write(this.#options.name, text === '' ? this.#takeBack() : text)
  }

  /** The person writes. */
  type(text: string, caret: number): void {
    this.text = text
    this.#caret = caret
    void this.#options.emojis.heed(text, caret)
    this.#wantCommands(text)
    if (this.#opened !== undefined && isForOthers(text))
      this.#opened.chat.company.write(this.#opened.room)
  }

  /** The caret has moved. */
  moveCaret(caret: number): void {
    this.#caret = caret
  }

  /** Why the text in the box was not sent; gone once it is changed. */
  readonly refusal: Failure | undefined = $derived.by(() =>
    this.#refused?.text === this.text ? this.#refused.failure : undefined,
  )

  /** How many characters are left, when that begins to matter; less than nothing is too long. */
  readonly left: number | undefined = $derived.by(() => {
    const { text } = this
    // A point is at least half a unit: short texts need no counting.
    if (text.length < COUNT_FROM_POINTS) return undefined
    const points = countPoints(text)
    return points < COUNT_FROM_POINTS ? undefined : CONTENT_MAX_POINTS - points
  })

  readonly #completion: Omit<Completion, 'suggestions'> & {
    readonly suggestions: readonly Offered[]
  } = $derived.by(() => {
    const { text } = this
    const { emojis } = this.#options
    const { now } = this.#options.commands
    if (this.#opened === undefined || now === undefined || this.#closedFor === text)
      return { suggestions: [] }
    const found = now.complete(text, this.#opened, this.#caret)
    if (found.suggestions.length > 0 || !isProse(text, found.writing)) return found
    return { ...found, suggestions: emojis.offer(text, this.#caret ?? text.length) }
  })

  /** In the order in which they stand: by group, the best match's group first. */
  readonly suggestions: readonly Offered[] = $derived.by(() => {
    if (this.#cycling !== undefined) return this.#cycling.all
    const groups = Map.groupBy(this.#completion.suggestions, groupOf)
    return [...groups.values()].flat()
  })

  /** What Tab put into the box still stands there. */
  get #cycling(): { readonly all: readonly Offered[]; readonly index: number } | undefined {
    const isOn = this.#cycle?.text === this.text && this.#closedFor !== this.text
    return isOn ? this.#cycle : undefined
  }

  get writing(): Completion['writing'] {
    return this.#completion.writing
  }

  /** Which suggestion Enter and Tab take; arguments and guesses have none until one is picked. */
  readonly selected: number = $derived.by(() => {
    if (!this.open) return -1
    if (this.#picked?.text === this.text) return this.#picked.index
    if (this.#cycling !== undefined) return this.#cycling.index
    const [first] = this.suggestions
    const isGuess = first?.kind === 'argument' || (first?.kind === 'command' && first.slip === true)
    return isGuess ? -1 : this.#bestIndex()
  })

  get open(): boolean {
    return this.suggestions.length > 0
  }

  attach(opened: Opened): void {
    this.#opened = opened
    this.#opening.resolve(opened)
  }

  /** What runs is told to stop; what is written stays. */
  detach(): void {
    this.#life.abort(new DOMException('left', 'AbortError'))
    this.#opened = undefined
  }

  move(step: 1 | -1): void {
    const { length } = this.suggestions
    const from = this.selected < 0 && step < 0 ? 0 : this.selected
    this.#picked = { text: this.text, index: (from + step + length) % length }
  }

  closeList(): void {
    const { text } = this
    const isCalledFor = this.#aside !== undefined && contentOf(text) === undefined
    // What stood in the box before the commands were called for.
    if (isCalledFor || text === CALL) this.text = ''
    else this.#closedFor = text
  }

  /** Ctrl+K: lists the commands; once more, and what was being written is back. */
  askForCommand(): void {
    if (this.text.startsWith('/') && this.open) {
      this.text = ''
      return
    }
    this.begin(CALL)
  }

  /** A button begins a command; what is being written comes back after it. */
  begin(command: string): void {
    this.#putAside()
    this.#closedFor = undefined
    this.text = command
    this.#wantCommands(command)
  }

  /** They are on their way already, unless the place that they come from did not answer. */
  #wantCommands(text: string): void {
    const { commands } = this.#options
    if (commands.now !== undefined || !text.startsWith('/')) return
    // Whoever then runs one is told.
    commands.want().catch(() => undefined)
  }

  /** Puts a suggestion into the box. */
  take(index: number): void {
    const suggestion = this.suggestions[index]
    if (suggestion !== undefined) this.#put(suggestion)
  }

  /** Tab completes, and once more takes the next one instead. False if there is nothing to complete. */
  tab(step: 1 | -1): boolean {
    const { suggestions, selected } = this
    const isNext = this.#cycling !== undefined
    if (!this.open || (step < 0 && !isNext)) return false
    const { length } = suggestions
    const index = isNext ? (selected + step + length) % length : Math.max(0, selected)
    this.take(index)
    // A command's arguments are the next thing to complete.
    if (suggestions[index]?.kind !== 'command' && length > 1)
      this.#cycle = { text: this.text, all: suggestions, index }
    return true
  }

  /** A click: a command without arguments runs at once. */
  choose(index: number): void {
    const suggestion = this.suggestions[index]
    this.take(index)
    if (suggestion?.kind === 'command' && suggestion.command.arguments.length === 0) this.send()
  }

  /** Enter. */
  enter(): void {
    const suggestion = this.suggestions[this.selected]
    // What Tab put there is taken: the next Enter sends it.
    if (this.#cycling !== undefined && this.#picked?.text !== this.text) this.#closedFor = this.text
    else if (suggestion === undefined || this.#isWhole(suggestion)) this.send()
    else {
      this.#put(suggestion)
      if (suggestion.kind === 'command' && suggestion.command.arguments.length === 0) this.send()
    }
  }

  #put(suggestion: Offered): void {
    this.text = suggestion.text
    if ('caret' in suggestion) this.#caret = this.place = suggestion.caret
    else this.place = undefined
  }

  send(): void {
    if (this.#options.isMute()) return
    const { text } = this
    const content = contentOf(text)
    if (content === undefined) this.command(text)
    else if (content.trim() !== '') this.#say(content, text)
  }

  /** Runs a command for a button; what is being written stays in the box. */
  command(text: string): void {
    const { now } = this.#options.commands
    if (now === undefined) void this.#runLater(text)
    else void this.#run(text, now)
  }

  retry(key: string, content: string): void {
    this.discard(key)
    // What is being written meanwhile stays in the box.
    this.#say(content, content.startsWith('/') ? `/${content}` : content)
  }

  /** ↑ in an empty box brings back what was sent last; Ctrl+↑ and Ctrl+↓ walk on. */
  recall(step: 1 | -1): void {
    this.#remember()
    const isRecalled = !this.#recall.resting && this.text === this.#recalled
    if (!isRecalled && this.#isWritten) {
      // There is a place for one text.
      if (this.#aside !== undefined) return
      this.#recall.rest()
    }
    const recalled = this.#recall.walk(step)
    if (recalled === undefined) return
    if (!isRecalled) this.#putAside()
    this.text = this.#recalled = recalled
  }

  get #isWritten(): boolean {
    return this.text !== '' && !NAME_ALONE.test(this.text)
  }

  #remember(): void {
    const { timeline } = this.#options
    if (this.#opened === undefined || !timeline.loaded) return
    const { chat, room } = this.#opened
    this.#recall.remember(room, chat.id, timeline.held)
  }

  #putAside(): void {
    if (this.#aside !== undefined || !this.#isWritten) return
    const { drafts, name } = this.#options
    this.#aside = this.text
    // A reload must not cost it.
    drafts.hold(heldAs(name, ASIDE), name, this.#aside)
  }

  #takeBack(): string {
    const text = this.#aside ?? ''
    if (this.#aside !== undefined) this.#release(ASIDE)
    this.#aside = undefined
    this.#recall.rest()
    return text
  }

  /** @param typed what brings it back into the box */
  #say(content: string, typed: string): void {
    const checked = checkContent(content)
    if (!checked.ok) {
      this.#refused = { failure: checked.failure, text: typed }
      return
    }
    const { timeline, drafts, name } = this.#options
    const key = timeline.write(content)
    if (this.text === typed) this.#sentNow(typed)
    drafts.hold(heldAs(name, key), name, typed)
    void this.#store(key, content, typed)
  }

  /** What could not be kept is not wanted any more. */
  discard(key: string): void {
    this.#options.timeline.drop(key)
    this.#release(key)
  }

  #release(key: string): void {
    const { drafts, name } = this.#options
    drafts.release(heldAs(name, key))
  }

  async #store(key: string, content: string, typed: string): Promise<void> {
    const { timeline } = this.#options
    const { room } = await this.#opening.promise
    const said = await room.say(content)
    if (said.ok) {
      this.#release(key)
      return
    }
    if (said.failure.kind !== 'too-large' || this.text !== '') {
      timeline.fail(key, said.failure)
      return
    }
    // Measured only when it is signed: it goes back to where it can be made shorter.
    this.discard(key)
    this.text = typed
    this.#refused = { failure: said.failure, text: typed }
  }

  /** Before the commands are there, nobody knows whether this is one: it stays in the box. */
  async #runLater(text: string): Promise<void> {
    if (this.#awaiting === text) return
    this.#awaiting = text
    const { ask, commands, words } = this.#options
    const set = await commands.want().catch(() => undefined)
    this.#awaiting = undefined
    if (this.#life.signal.aborted) return
    if (set === undefined) ask()({ tone: 'bad', text: words().notLoaded() }, text)
    else await this.#run(text, set)
  }

  async #run(text: string, set: CommandSet): Promise<void> {
    const known = findCommand(set.commands, /^\/\s*(\S*)/.exec(text)?.[1] ?? '') !== undefined
    if (known && text === this.text) this.#sentNow(text)
    const { screen, version, ask } = this.#options
    const tell = ask()
    const { signal } = this.#life
    const context = { ...set, ...(await this.#opening.promise), screen, version, signal }
    try {
      this.#tell(await set.submit(text, context), text, tell)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof StorageError)) throw error
      this.#tell(error, text, tell)
    }
  }

  #tell(result: Result<Submitted> | StorageError, asked: string, tell: Tell): void {
    const { words } = this.#options
    if ('failure' in result) tell({ tone: 'bad', text: words().failure(result.failure) }, asked)
    else if (result.value.kind === 'ran' && result.value.answer !== undefined)
      tell(result.value.answer, asked)
  }

  #sentNow(text: string): void {
    this.#remember()
    this.text = ''
    this.#recall.add(text)
    void this.#options.emojis.said(text)
  }

  #bestIndex(): number {
    const best = this.#completion.suggestions[0]
    return best === undefined ? -1 : this.suggestions.indexOf(best)
  }

  /** The box holds a whole command already, by name or alias, and no other was picked. */
  #isWhole(suggestion: Offered): boolean {
    if (!('command' in suggestion) || this.#picked?.text === this.text) return false
    const { command } = suggestion
    const name = this.text.slice(1).trim().toLowerCase()
    const runs = command.arguments.every((argument) => argument.optional === true)
    return runs && (command.name === name || command.aliases.includes(name))
  }
}

function groupOf(suggestion: Offered): string {
  return 'command' in suggestion ? suggestion.command.group : suggestion.kind
}

/** What others will read: not a command that is being typed. */
function isForOthers(text: string): boolean {
  const content = contentOf(text) ?? /^\/me\s(.*)/s.exec(text)?.[1] ?? ''
  return content.trim() !== ''
}

/** What is written there is read as it stands: neither a command's name nor one of its values. */
function isProse(text: string, writing: Completion['writing']): boolean {
  if (writing === undefined) return contentOf(text) !== undefined
  const { kind, choices } = writing.command.arguments[writing.argument] ?? {}
  return kind === 'text' && choices === undefined
}

/** Keys of things on the screen are counted in each room. */
function heldAs(room: string, key: string): string {
  return `${room} ${key}`
}
