import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The same modules are loaded by hundreds of processes of a test run: what V8 made of them is kept. */
const COMPILED = join(ROOT, 'node_modules/.cache/node')

export interface Ended {
  /** The exit code; what was killed or never started counts as 1. */
  readonly code: number
  /** stdout and stderr together; empty where they went straight to the terminal. */
  readonly output: string
  /** stdout alone. */
  readonly stdout: string
}

export interface RunOptions {
  /** Show what it prints as it prints it; otherwise it is collected. */
  readonly show?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** ms, after which it is killed */
  readonly limit?: number
}

const running = new Set<ChildProcess>()

/** Runs a program to its end; never throws, for not being there is an answer, too. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { NODE_COMPILE_CACHE: COMPILED, ...process.env, ...options.env },
    stdio: options.show === true ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    ...(options.limit === undefined ? {} : { timeout: options.limit, killSignal: 'SIGKILL' }),
  })
  running.add(child)
  let output = ''
  let stdout = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.on('error', (error) => {
    running.delete(child)
    resolve({ code: 1, output: `${output}${error.message}\n`, stdout })
  })
  child.on('close', (code) => {
    running.delete(child)
    resolve({ code: code ?? 1, output, stdout })
  })
  return promise
}

/** Runs the command-line tool of an installed package. */
export function runTool(
  packageName: string,
  args: readonly string[],
  options: RunOptions & { readonly bin?: string } = {},
): Promise<Ended> {
  const folder = join(ROOT, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const name = options.bin ?? packageName
  const file = typeof bin === 'string' ? bin : bin[name]
  if (file === undefined) throw new Error(`${packageName} has no program ${name}`)
  return run(process.execPath, [join(folder, file), ...args], options)
}

/** An interrupted script takes what it started with it. */
export function stopTogether(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const child of running) child.kill(signal)
      process.exit(signal === 'SIGINT' ? 130 : 143)
    })
  }
}

export function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`
}
