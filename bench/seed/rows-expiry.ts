import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../relay-node/config.ts'
import { startRelay } from '../../relay-node/relay.ts'
import type { Stop } from '../../shared/changes.ts'
import { type Clock, systemRuntime } from '../../shared/runtime.ts'
import { type Outcome, type Row, type Stage, seconds, within } from './row.ts'

const DAY_MS = 24 * 3_600_000
/** The archive's default is 30. */
const DAYS = 31

/** The real clock until it is put forward; then whatever was due meanwhile happens at once. */
class Sundial implements Clock {
  #ahead = 0
  readonly #waiting = new Set<() => void>()

  now(): number {
    return Date.now() + this.#ahead
  }

  after(ms: number, run: () => void): Stop {
    const due = this.now() + ms
    let stop: Stop = () => undefined
    const wait = (): void => {
      const timer = setTimeout(done, Math.max(due - this.now(), 0))
      stop = () => {
        clearTimeout(timer)
        this.#waiting.delete(again)
      }
    }
    const done = (): void => {
      this.#waiting.delete(again)
      run()
    }
    const again = (): void => {
      stop()
      this.#waiting.add(again)
      wait()
    }
    again()
    return () => {
      stop()
    }
  }

  putForward(ms: number): void {
    this.#ahead += ms
    for (const again of [...this.#waiting]) again()
  }
}

async function expiry(stage: Stage): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), 'p2p-chat-seed-'))
  stage.later(() => rm(folder, { recursive: true, force: true }))
  const ports = { PORT: '0', TCP_PORT: '0', HTTPS_PORT: '0', STUN_PORT: '0' }
  // The socket of WebRTC-Direct stays until the process ends, and keeps it from ending.
  const others = { QUIC_PORT: '0', WEBRTC_PORT: 'off', UPNP: 'off', BOOTSTRAP: 'none' }
  const configured = loadConfig(
    { HOST: '127.0.0.1', DATA_DIR: join(folder, 'data'), ...ports, ...others },
    folder,
  )
  if (!configured.ok) throw new Error(configured.complaints.join(' '))
  const clock = new Sundial()
  const started = await startRelay({
    config: configured.config,
    page: join(folder, 'page'),
    version: '0.0.0-seed',
    runtime: { ...systemRuntime(), clock },
    tell: (sentence) => {
      throw new Error(sentence)
    },
  })
  if (!started.ok) throw new Error(started.complaint)
  const { relay } = started
  stage.later(() => relay.stop())
  const tcp = relay.addresses.find((address) => /\/tcp\/\d+\/p2p\//.test(address)) ?? ''
  const peer = await stage.peer({ relays: [tcp] })
  for (let i = 0; i < 3; i++) await peer.say(`to be forgotten ${i}`)
  const entries = (): number => relay.archive?.total.entries ?? 0
  const kept = await within(20_000, async () => entries() === 3)
  // Its own history is not the archive's: it would hand it over again.
  await peer.quit()
  clock.putForward(DAYS * DAY_MS)
  const gone = await within(20_000, async () => entries() === 0)
  return {
    passed: kept !== undefined && gone !== undefined,
    measured: `3 in the archive after ${seconds(kept)}; ${DAYS} days later by its clock all gone after ${seconds(gone)}`,
  }
}

export const expiryRows: readonly Row[] = [
  { id: '2.3', criterion: 'expired records are gone without a command', run: expiry },
]
