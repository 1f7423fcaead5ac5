import { PassThrough, Writable } from 'node:stream'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LineEditor } from './line-editor.ts'

/** What of a terminal the editor uses: rows that wrap, the cursor, and clearing below it. Letters are one column wide. */
class Screen extends Writable {
  readonly isTTY = true
  #rows: string[] = ['']
  #row = 0
  #col = 0

  columns: number

  constructor(columns: number) {
    super({ decodeStrings: false })
    this.columns = columns
  }

  get text(): string {
    return this.#rows.map((row) => row.trimEnd()).join('\n')
  }

  override _write(text: string, _encoding: string, done: () => void): void {
    for (const [sign, count = '', code] of text
      .replaceAll('\u001b', '␛')
      .matchAll(/␛\[(\d*)([A-Z])|[^]/gu)) {
      const by = count === '' ? 1 : Number(count)
      if (code === 'A') this.#row = Math.max(0, this.#row - by)
      else if (code === 'B') this.#row += by
      else if (code === 'C') this.#col += by
      else if (code === 'D') this.#col -= by
      else if (code === 'G') this.#col = by - 1
      else if (code === 'J') this.#clearBelow()
      else this.#put(sign)
    }
    done()
  }

  /** As a terminal does that wraps what it shows anew; its rows must be those of one line that is too long. */
  resize(columns: number): void {
    const at = this.#row * this.columns + this.#col
    const all = this.#rows
      .map((row) => row.padEnd(this.columns))
      .join('')
      .trimEnd()
    this.columns = columns
    this.#rows = all.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? ['']
    ;[this.#row, this.#col] = [Math.floor(at / columns), at % columns]
    this.emit('resize')
  }

  #clearBelow(): void {
    this.#rows.length = this.#row + 1
    this.#rows[this.#row] = (this.#rows[this.#row] ?? '').slice(0, this.#col)
  }

  #put(letter: string): void {
    if (letter === '\r') this.#col = 0
    else if (letter === '\n') [this.#row, this.#col] = [this.#row + 1, 0]
    else {
      if (this.#col === this.columns) [this.#row, this.#col] = [this.#row + 1, 0]
      const row = (this.#rows[this.#row] ?? '').padEnd(this.#col)
      this.#rows[this.#row] = row.slice(0, this.#col) + letter + row.slice(this.#col + 1)
      this.#col++
    }
    while (this.#rows.length <= this.#row) this.#rows.push('')
  }
}

interface Sat {
  readonly screen: Screen
  readonly editor: LineEditor
  readonly said: string[]
  readonly type: (keys: string) => Promise<void>
}

function sit(columns = 20, env: NodeJS.ProcessEnv = {}): Sat {
  const screen = new Screen(columns)
  const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => keys })
  const streams = { stdin: keys, stdout: screen, env } as unknown as NodeJS.Process
  const editor = new LineEditor(streams)
  const said: string[] = []
  editor.start({ complete: () => [], online: (line) => said.push(line), onend: () => undefined })
  onTestFinished(() => {
    editor.stop()
  })
  const type = async (written: string): Promise<void> => {
    keys.write(written)
    await new Promise(setImmediate)
  }
  return { screen, editor, said, type }
}

test('what others say stands above a line of several rows, however much of it comes', async () => {
  const { screen, editor, type } = sit()
  editor.print(['first'])
  for (const letter of 'a line that takes three rows of it, at least') await type(letter)
  for (const each of ['one', 'two', 'three']) editor.print([each])
  expect(screen.text).toBe(
    'first\none\ntwo\nthree\n> a line that takes\nthree rows of it, at\n least',
  )
})

test('what was pasted is drawn once, and a line that ends at the edge takes nothing with it', async () => {
  const { screen, editor, said, type } = sit()
  editor.print(['first', 'second'])
  await type('pasted, and longer than its row')
  await type('\u007f')
  expect(screen.text).toBe('first\nsecond\n> pasted, and longer\n than its ro')
  await type('\u0015')
  await type('eighteen letters!!')
  editor.print(['third'])
  expect(screen.text).toBe('first\nsecond\nthird\n> eighteen letters!!\n')
  await type('\u0015')
  await type('eighteen letters!!\r')
  expect(said).toEqual(['eighteen letters!!'])
  expect(screen.text).toBe('first\nsecond\nthird\n>')
})

test('a window of another width shows the line once', async () => {
  const { screen, type } = sit(20)
  for (const letter of 'a line that takes three rows of it, at least') await type(letter)
  screen.resize(10)
  expect(screen.text.replaceAll('\n', '').match(/> a line/g)).toHaveLength(1)
  screen.resize(30)
  expect(screen.text).toBe('> a line that takes three rows\n of it, at least')
})

test('after Ctrl+Z and back the line is there, and keys are heeded', async () => {
  const { screen, editor, said, type } = sit()
  editor.print(['first'])
  const stopped = vi.spyOn(process, 'kill').mockReturnValue(true)
  await type('half')
  await type('\u001a')
  expect(stopped).toHaveBeenCalledWith(process.pid, 'SIGTSTP')
  stopped.mockRestore()
  screen.write('\r\nfg\r\n')
  process.emit('SIGCONT', 'SIGCONT')
  expect(screen.text).toBe('first\n> half\nfg\n> half')
  await type(' a word\r')
  expect(said).toEqual(['half a word'])
})

test('at the end the prompt is gone, so that the shell has a row of its own', async () => {
  const { screen, editor, type } = sit()
  editor.print(['first'])
  await type('a line that takes two rows')
  editor.stop()
  screen.write('$ ')
  expect(screen.text).toBe('first\n$')
  const left = sit()
  left.editor.print(['first'])
  await left.type('\u0004')
  left.editor.print(['last'])
  expect(left.screen.text).toBe('first\nlast\n')
})

test('a dumb terminal gets lines alone', async () => {
  const { screen, editor, said, type } = sit(20, { TERM: 'dumb' })
  const written = vi.spyOn(screen, 'write')
  editor.prompt('#room > ')
  editor.print(['first'])
  await type('hello\n')
  editor.print(['second'])
  expect(said).toEqual(['hello'])
  expect(written.mock.calls.map(([text]) => String(text))).toEqual(['first\n', 'second\n'])
})
