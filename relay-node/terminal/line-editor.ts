import {
  createInterface,
  type Interface,
  cursorTo,
  clearScreenDown,
  moveCursor,
} from 'node:readline'
import type { Tty } from './terminal.ts'

export interface Writer {
  /** Whole lines that may be meant. */
  readonly complete: (line: string) => readonly string[]
  readonly online: (line: string) => void
  /** Ctrl+D, Ctrl+C on an empty line, or the end of what is piped in. */
  readonly onend: () => void
}

type Streams = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'env'>

const RECALLED_MAX = 200

/** The line that one writes on, and what is printed above it. In a pipe there is neither prompt nor editing. */
export class LineEditor implements Tty {
  readonly #input: Streams['stdin']
  readonly #output: Streams['stdout']
  readonly #isTerminal: boolean
  #lines: Interface | undefined
  #ended = false
  /** That the line takes above its last, as it is when Enter is pressed. */
  #rows = 0

  constructor({ stdin, stdout, env }: Streams) {
    this.#input = stdin
    this.#output = stdout
    // Of a pipe it is undefined, whatever its type says.
    const isTerminal = Boolean(stdin.isTTY) && Boolean(stdout.isTTY)
    // It would show the codes that move a cursor.
    this.#isTerminal = isTerminal && env['TERM'] !== 'dumb'
  }

  start({ complete, online, onend }: Writer): void {
    const lines = (this.#lines = createInterface({
      input: this.#input,
      ...(this.#isTerminal ? { output: this.#output } : {}),
      terminal: this.#isTerminal,
      historySize: RECALLED_MAX,
      removeHistoryDuplicates: true,
      prompt: '> ',
      completer: (line: string): [string[], string] => [[...complete(line)], line],
    }))
    // Before readline heeds it: then the line is gone.
    this.#input.prependListener('keypress', () => {
      this.#settle()
      this.#rows = rowsOf(lines)
    })
    // A terminal has wrapped it anew by now.
    this.#output.prependListener('resize', () => {
      this.#settle()
    })
    // Ctrl+Z, and back: readline takes no key until it is asked to.
    lines.on('SIGCONT', () => {
      isDrawnFrom(lines, 0)
      this.#draw()
    })
    lines.on('line', (line) => {
      // What was said comes back with its time and name: the line that it was written on would say it twice.
      this.#clearWritten()
      online(line)
      this.#draw()
    })
    lines.on('SIGINT', () => {
      if (lines.line === '') lines.close()
      else {
        lines.write(null, { ctrl: true, name: 'e' })
        lines.write(null, { ctrl: true, name: 'u' })
      }
    })
    lines.once('close', () => {
      this.#end()
      onend()
    })
  }

  stop(): void {
    this.#end()
    this.#lines?.removeAllListeners('close')
    this.#lines?.close()
  }

  print(lines: readonly string[]): void {
    const output = this.#output
    if (this.#isTerminal && !this.#ended) this.#erase()
    output.write(lines.map((line) => `${line}\n`).join(''))
    this.#draw()
  }

  prompt(text: string): void {
    if (this.#lines === undefined || !this.#isTerminal || text === this.#lines.getPrompt()) return
    this.#erase()
    this.#lines.setPrompt(text)
    this.#draw()
  }

  /** What is written from here on, the shell's prompt at last, begins a row of its own. */
  #end(): void {
    if (this.#isTerminal && !this.#ended) this.#erase()
    this.#ended = true
  }

  #draw(): void {
    if (this.#isTerminal && !this.#ended) this.#lines?.prompt(true)
  }

  /** Takes prompt and line away, of which there may be several rows. */
  #erase(): void {
    const output = this.#output
    const lines = this.#lines
    this.#settle()
    moveCursor(output, 0, -(lines?.getCursorPos().rows ?? 0))
    cursorTo(output, 0)
    clearScreenDown(output)
    if (lines !== undefined) isDrawnFrom(lines, 0)
  }

  /** Readline goes by where it drew last, and forgets what was pasted since, or wrapped by another width. */
  #settle(): void {
    const lines = this.#lines
    if (lines === undefined || !this.#isTerminal) return
    const { rows, cols } = lines.getCursorPos()
    // What ends at the window's edge leaves the cursor there, and not on the next row.
    if (rows > 0 && cols === 0 && lines.cursor === lines.line.length) {
      this.#output.write(' ')
      cursorTo(this.#output, 0)
    }
    isDrawnFrom(lines, rows)
  }

  /** The line and its prompt stand above now, where Enter left them. */
  #clearWritten(): void {
    if (!this.#isTerminal) return
    moveCursor(this.#output, 0, -this.#rows - 1)
    cursorTo(this.#output, 0)
    clearScreenDown(this.#output)
  }
}

/** Tells readline how many rows above the cursor its prompt begins, which it clears before it draws the next. */
function isDrawnFrom(lines: Interface, rows: number): void {
  ;(lines as Interface & { prevRows: number }).prevRows = rows
}

/** How many rows are above the one that the line ends in: only readline knows how wide its letters are. */
function rowsOf(lines: Interface): number {
  const at = lines as { cursor: number }
  const { cursor } = at
  at.cursor = lines.line.length
  const { rows } = lines.getCursorPos()
  at.cursor = cursor
  return rows
}
