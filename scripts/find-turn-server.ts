// A TURN server for the NAT lab: the machine's own, or Debian's.
import { existsSync } from 'node:fs'
import process from 'node:process'
import { run } from './run.ts'

const USUAL_PLACES = ['/usr/bin/turnserver', '/usr/local/bin/turnserver']
const APT_LIMIT_MS = 120_000

export interface FoundTurnServer {
  /** Without it, the one case that needs it says so and is skipped. */
  readonly TURNSERVER_PATH?: string
}

export async function findTurnServer(): Promise<FoundTurnServer> {
  const named = process.env['TURNSERVER_PATH'] ?? ''
  const found = (): string | undefined =>
    (named === '' ? USUAL_PLACES : [named]).find((path) => existsSync(path))
  if (found() === undefined && named === '') await fromDebian()
  const path = found()
  if (path !== undefined) {
    console.log(`coturn: ${path}`)
    return { TURNSERVER_PATH: path }
  }
  const why = named === '' ? 'none here, and none to be had' : `${named} is not there`
  console.log(`coturn: ${why}. The case with TURN is skipped: set TURNSERVER_PATH to turnserver.`)
  return {}
}

async function fromDebian(): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  console.log('coturn: none yet; trying apt-get install coturn …')
  const options = { limit: APT_LIMIT_MS, env: { DEBIAN_FRONTEND: 'noninteractive' } }
  await run('apt-get', ['update'], options)
  const install = ['install', '-y', '--no-install-recommends', 'coturn']
  const { code, output } = await run('apt-get', install, options)
  if (code !== 0) console.log(`coturn: apt-get failed: ${output.trim().split('\n').at(-1) ?? ''}`)
}
