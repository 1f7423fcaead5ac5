import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { type Bootstrap, parseBootstrap } from '../../shared/bootstrap.ts'
import type { Measurements, Probe } from '../../shared/doctor.ts'
import { withHost } from '../../shared/ice-url.ts'
import { servedAt } from '../../shared/relay-news.ts'
import { probeStun } from './stun-probe.ts'

/** Whoever has not answered by then is blocked or gone, as far as a person is concerned. */
const ANSWER_MS = 5_000
const PROBE_BYTES = 1_024 * 1_024

export interface ExamineOptions {
  readonly origin: string
  readonly folder: string
  readonly version: string
  readonly relays: Measurements['relays']
  readonly correctedMs: number
  /** Links straight to people. */
  readonly direct: number
  readonly hidden: boolean
}

/** What `/doctor` goes by, in a terminal: TURN is asked by links alone. */
export async function examine(options: ExamineOptions, signal: AbortSignal): Promise<Measurements> {
  const { origin, folder, version, relays, correctedMs, direct, hidden } = options
  const began = performance.now()
  const now = Date.now()
  const patience = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
  let http: Probe
  let aheadMs = NaN
  let bootstrap: Bootstrap | undefined
  try {
    const response = await fetch(`${origin}/bootstrap.json`, { signal: patience })
    const ms = performance.now() - began
    http = response.ok ? { ok: true, ms } : { ok: false, why: 'answer', status: response.status }
    aheadMs = Math.round(servedAt(response) - (now + ms / 2))
    const parsed = parseBootstrap(await response.json(), now)
    if (parsed.ok) bootstrap = parsed.value
  } catch {
    http = { ok: false, why: patience.aborted ? 'silent' : 'refused' }
  }
  const { host, hostname } = new URL(origin)
  const named = bootstrap?.iceServers.flatMap(({ urls }) => urls) ?? []
  const stun = named.filter((url) => /^stuns?:/.test(url)).map((url) => withHost(url, hostname))
  const full = await isFull(folder)
  const { stun: asked, ...ice } = await probeStun(stun, signal)
  return {
    host,
    online: true,
    http,
    ...(Number.isNaN(aheadMs) ? {} : { clockAheadMs: aheadMs }),
    correctedMs,
    versions: { page: version, ...(bootstrap === undefined ? {} : { relay: bootstrap.version }) },
    relays,
    direct,
    // Who did not answer has named no server.
    ice: bootstrap === undefined || asked === undefined ? ice : { ...ice, stun: asked },
    storage: full === undefined ? {} : { full },
    hidden,
  }
}

/** Tried, as the page does: a megabyte more. Nothing if it was refused for something else than want of room. */
async function isFull(folder: string): Promise<boolean | undefined> {
  const file = join(folder, `probe-${process.pid}`)
  try {
    await writeFile(file, new Uint8Array(PROBE_BYTES), { flag: 'wx' })
    return false
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return ['ENOSPC', 'EDQUOT'].includes(code) ? true : undefined
  } finally {
    await rm(file, { force: true }).catch(() => undefined)
  }
}
