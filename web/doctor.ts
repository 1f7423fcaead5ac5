import type { IceMeasurement, Measurements, Probe } from '../shared/doctor.ts'
import { withHost } from '../shared/ice-url.ts'
import { isLoopback } from '../shared/origin.ts'
import { servedAt } from '../shared/relay-news.ts'
import type { Runtime } from '../shared/runtime.ts'
import { sleep } from '../shared/runtime.ts'
import { type IceServer, parseBootstrap } from '../shared/bootstrap.ts'
import { isStorageFull } from './storage-probe.ts'

export interface DoctorOptions {
  /** `location.origin` */
  readonly origin: string
  readonly version: string
  readonly runtime: Runtime
  /** Asked when all else is measured: a link that has just come may yet get its place. */
  readonly relays: () => Measurements['relays']
  /** Asked then, too. */
  readonly correctedMs: () => number
  /** Asked then, too: links straight to people. */
  readonly direct: () => number
  /** Asked while the origin names none, since it does not answer. */
  readonly otherStun: () => readonly IceServer[]
  readonly hidden: boolean
}

/** Whoever has not answered by then is blocked or gone, as far as a person is concerned. */
const ANSWER_MS = 5_000
/** A STUN request is repeated for up to 9.5 s; what has not answered after so much rarely does. */
const ICE_MS = 7_000
/** A relay-node that has just been found answers the request for a place in one round trip; on a bad line, in a few seconds. */
const PLACE_MS = 5_000
const PLACE_LOOK_MS = 100

/** Tests the network now: what `/doctor` goes by. Changes nothing but for a few knocks at the relay-node's doors. */
export async function examine(options: DoctorOptions, signal: AbortSignal): Promise<Measurements> {
  const { origin, version, correctedMs, direct, hidden } = options
  const [health, webSocket, page, storage, full] = await Promise.all([
    knock(options, signal),
    knockWebSocket(options, signal),
    bootstrapOf(options, signal),
    navigator.storage.estimate().catch((): StorageEstimate => ({})),
    isStorageFull(),
  ])
  // Gathering shows one's address to the STUN server alone, which is the relay-node that sees it anyway.
  const ice =
    typeof RTCPeerConnection === 'undefined'
      ? undefined
      : await gather(iceServersNow(options, page), options.runtime, signal)
  return {
    host: new URL(origin).host,
    online: navigator.onLine,
    http: health.probe,
    webSocket,
    ...(health.aheadMs === undefined ? {} : { clockAheadMs: health.aheadMs }),
    correctedMs: correctedMs(),
    versions: { page: version, ...(page === undefined ? {} : { relay: page.version }) },
    relays: await placed(options, signal),
    direct: direct(),
    ...(ice === undefined ? {} : { ice }),
    storage: {
      ...(storage.usage === undefined ? {} : { usedBytes: storage.usage }),
      ...(storage.quota === undefined ? {} : { quotaBytes: storage.quota }),
      ...(full === undefined ? {} : { full }),
    },
    hidden,
  }
}

/** Waits for a place that is being asked for: "none" is said of what was refused, not of what has just begun. */
async function placed(
  { relays, runtime: { clock } }: DoctorOptions,
  signal: AbortSignal,
): Promise<Measurements['relays']> {
  const until = clock.now() + PLACE_MS
  let found = relays()
  while (found.linked > 0 && found.serving === 0 && clock.now() < until && !signal.aborted) {
    await sleep(clock, PLACE_LOOK_MS, signal).catch(() => undefined)
    found = relays()
  }
  return found
}

async function knock(
  { origin, runtime: { clock } }: DoctorOptions,
  signal: AbortSignal,
): Promise<{ readonly probe: Probe; readonly aheadMs?: number }> {
  const began = clock.now()
  const since = performance.now()
  const patience = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
  try {
    const response = await fetch(`${origin}/health`, { cache: 'no-store', signal: patience })
    const ms = performance.now() - since
    const aheadMs = Math.round(servedAt(response) - (began + ms / 2))
    return {
      probe: response.ok ? { ok: true, ms } : { ok: false, why: 'answer', status: response.status },
      ...(Number.isNaN(aheadMs) ? {} : { aheadMs }),
    }
  } catch {
    return { probe: { ok: false, why: patience.aborted ? 'silent' : 'refused' } }
  }
}

/** As libp2p dials it; that it opens is enough. */
function knockWebSocket({ origin }: DoctorOptions, signal: AbortSignal): Promise<Probe> {
  const { promise, resolve } = Promise.withResolvers<Probe>()
  const since = performance.now()
  const socket = new WebSocket(origin.replace(/^http/, 'ws'))
  const patience = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
  patience.addEventListener('abort', () => {
    resolve({ ok: false, why: 'silent' })
  })
  socket.onopen = () => {
    resolve({ ok: true, ms: performance.now() - since })
  }
  socket.onerror = () => {
    resolve({ ok: false, why: 'refused' })
  }
  return promise.finally(() => {
    socket.close()
  })
}

/** Nothing if nobody was there to name any. */
function iceServersNow(
  { origin, otherStun }: DoctorOptions,
  page: { readonly iceServers: readonly IceServer[] } | undefined,
): readonly IceServer[] | undefined {
  const others = otherStun()
  if (page === undefined) return others.length === 0 ? undefined : others
  const { hostname } = new URL(origin)
  return page.iceServers.map((server) => ({
    ...server,
    urls: server.urls.map((url) => withHost(url, hostname)),
  }))
}

async function bootstrapOf(
  { origin }: DoctorOptions,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly iceServers: readonly IceServer[] } | undefined> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
  try {
    const response = await fetch(`${origin}/bootstrap.json`, {
      cache: 'no-store',
      signal: patience,
    })
    const parsed = parseBootstrap(await response.json(), Date.now())
    return parsed.ok ? parsed.value : undefined
  } catch {
    return undefined
  }
}

/** Asks all STUN and TURN servers from one peer connection, that nobody is offered. */
async function gather(
  told: readonly IceServer[] | undefined,
  { clock }: Runtime,
  signal: AbortSignal,
): Promise<IceMeasurement> {
  const servers = told ?? []
  const urls = servers.flatMap((server) => server.urls)
  const stun = urls.filter((url) => /^stuns?:/.test(url))
  const hasTurn = urls.some((url) => /^turns?:/.test(url))
  const connection = new RTCPeerConnection({ iceServers: servers.map((each) => ({ ...each })) })
  const seen: { readonly candidate: RTCIceCandidate; readonly url: string | undefined }[] = []
  const errors = new Map<string, number>()
  const { promise: done, resolve } = Promise.withResolvers<true>()
  let finished: true | undefined
  connection.onicecandidate = (event) => {
    const { candidate } = event
    if (candidate === null) resolve(true)
    else if (candidate.candidate !== '') seen.push({ candidate, url: serverOf(event) })
  }
  connection.addEventListener('icecandidateerror', ({ url }) => {
    errors.set(url, (errors.get(url) ?? 0) + 1)
  })
  try {
    connection.createDataChannel('doctor')
    await connection.setLocalDescription()
    if ((await Promise.race([done, sleep(clock, ICE_MS, signal)])) === true) finished = true
  } catch {
    // Cancelled, or this browser gathers nothing: what was seen so far is the answer.
  } finally {
    connection.close()
  }
  const udp = seen.filter(({ candidate }) => candidate.protocol === 'udp')
  const hosts = udp.filter(({ candidate }) => candidate.type === 'host').length
  const reflexive = udp.filter(({ candidate }) => candidate.type === 'srflx')
  const turned = seen.some(({ candidate }) => candidate.type === 'relay')
  return {
    hosts,
    ...(told === undefined
      ? {}
      : {
          stun: stun.map((url) => {
            const answered = answeredBy(url, reflexive, errors, hosts, finished === true)
            return { url, ...(answered === undefined ? {} : { answered }) }
          }),
        }),
    mappings: reflexive.map(({ candidate }) => ({
      base: baseOf(candidate),
      outside: `${candidate.address ?? ''}:${String(candidate.port ?? 0)}`,
    })),
    turn: hasTurn ? (turned ? 'answered' : 'silent') : 'none',
  }
}

/** Who told a candidate: a field of the candidate once, before that of its event. */
function serverOf(event: RTCPeerConnectionIceEvent): string | undefined {
  const [candidate, told] = [event.candidate, event] as readonly { readonly url?: string | null }[]
  return candidate?.url ?? told?.url ?? undefined
}

/**
 * A server that answers is not always seen in a candidate: without a NAT, or when it tells what
 * another one told before, there is none. One that fails reports it for each local address.
 */
function answeredBy(
  url: string,
  reflexive: readonly { readonly url: string | undefined }[],
  errors: ReadonlyMap<string, number>,
  hosts: number,
  finished: boolean,
): boolean | undefined {
  if (reflexive.some((each) => each.url !== undefined && sameServer(each.url, url))) return true
  const failed = [...errors].find(([at]) => sameServer(at, url))?.[1] ?? 0
  if (failed >= Math.max(hosts, 1)) return false
  const isFirefox = !('onicecandidateerror' in RTCPeerConnection.prototype)
  // It never asks this very device, and goes on waiting for an answer.
  if (!finished) return isFirefox && isLoopback(hostOf(url)) ? undefined : false
  // There was nothing to ask from: a browser without UDP ends at once, and reports no error.
  if (hosts === 0 && reflexive.length === 0) return false
  // Firefox reports no errors, so its silence tells nothing.
  return isFirefox ? undefined : true
}

/** Of a STUN or TURN URL. */
function hostOf(url: string): string {
  return /^\w+:(\[[^\]]*\]|[^:?]*)/.exec(url)?.[1] ?? ''
}

/** Engines add the port, or what they have resolved. */
function sameServer(a: string, b: string): boolean {
  const bare = (url: string): string => url.replace(/\?.*$/, '')
  return bare(a) === bare(b) || `${bare(a)}:3478` === bare(b) || `${bare(b)}:3478` === bare(a)
}

/** The local address that a candidate belongs to, as far as a browser tells: it hides most of it. */
function baseOf({ candidate, relatedPort }: RTCIceCandidate): string {
  const network = /network-id (\d+)/.exec(candidate)?.[1] ?? ''
  return `${network}/${String(relatedPort ?? 0)}`
}
