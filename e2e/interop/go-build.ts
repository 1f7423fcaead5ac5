import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export type GoBuild =
  | { readonly ok: true; readonly path: string }
  /** Why there is none: a sentence. */
  | { readonly ok: false; readonly why: string }

const run = promisify(execFile)

const SOURCE = fileURLToPath(new URL('go-peer', import.meta.url))
/** Ignored by git and by the build of the page; Go's own cache makes the next build one of seconds. */
const PROGRAM = fileURLToPath(new URL('../../dist/go-peer/go-peer', import.meta.url))
const GO_MINOR = 24
/** Where its installer puts it, if it is not on the PATH. */
const PLACES = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go']
const NONE = 'none'

/**
 * The Go peer, built if its source is newer than the program. Scripts do it before the tests and hand
 * on what came of it as `GO_PEER` (a path, or `none`).
 */
export async function buildGoPeer(): Promise<GoBuild> {
  const given = process.env['GO_PEER']
  if (given === NONE) return { ok: false, why: 'The Go peer was not built.' }
  if (given !== undefined) return { ok: true, path: given }
  const built = await build()
  if (!built.ok) console.log(`Tests with a Go peer are skipped: ${built.why}`)
  return built
}

/** For the environment of tools that run tests. */
export async function goPeerEnvironment(): Promise<Readonly<Record<string, string>>> {
  const built = await buildGoPeer()
  return { GO_PEER: built.ok ? built.path : NONE }
}

/** Throws when the source does not compile: that is our mistake. */
async function build(): Promise<GoBuild> {
  const go = await findGo()
  if (go === undefined) return { ok: false, why: `there is no Go ≥ 1.${GO_MINOR} here.` }
  if (isFresh()) return { ok: true, path: PROGRAM }
  try {
    await run(go, ['mod', 'download'], { cwd: SOURCE })
  } catch (error) {
    return { ok: false, why: `its modules cannot be fetched (${firstLine(error)}).` }
  }
  mkdirSync(dirname(PROGRAM), { recursive: true })
  await run(go, ['build', '-o', PROGRAM, '.'], { cwd: SOURCE })
  return { ok: true, path: PROGRAM }
}

async function findGo(): Promise<string | undefined> {
  for (const go of PLACES) {
    const version = await run(go, ['version']).catch(() => undefined)
    const minor = /go1\.(\d+)/.exec(version?.stdout ?? '')?.[1]
    if (Number(minor) >= GO_MINOR) return go
  }
  return undefined
}

function isFresh(): boolean {
  if (!existsSync(PROGRAM)) return false
  const builtAt = statSync(PROGRAM).mtimeMs
  return readdirSync(SOURCE).every((name) => statSync(join(SOURCE, name)).mtimeMs < builtAt)
}

function firstLine(error: unknown): string {
  const { stderr } = error as { stderr?: string }
  return (stderr ?? String(error)).trim().split('\n')[0] ?? ''
}
