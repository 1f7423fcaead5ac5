import { type Socket, createSocket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import type { IceMeasurement } from '../../shared/doctor.ts'
import { bindingRequest, mappedIn } from '../stun-message.ts'

/** A request is repeated: UDP loses some (RFC 8489 §6.2.1). */
const TRIES = 4
const TRY_MS = 500
const DEFAULT_PORT = 3_478

/**
 * Asks STUN servers from one socket how the outside sees it: what a WebRTC link will find out, too.
 * @param urls RFC 7064; IPv4 is asked for alone
 */
export async function probeStun(
  urls: readonly string[],
  signal: AbortSignal,
): Promise<IceMeasurement> {
  const socket = createSocket('udp4')
  try {
    socket.bind(0)
    await once(socket, 'listening', { signal })
    const base = `0.0.0.0:${socket.address().port}`
    const asked = await Promise.all(
      urls.map(async (url) => ({ url, outside: await ask(socket, url, signal) })),
    )
    return {
      hosts: localAddresses(),
      stun: asked.map(({ url, outside }) => ({ url, answered: outside !== undefined })),
      mappings: asked.flatMap(({ outside }) => (outside === undefined ? [] : { base, outside })),
      turn: 'none',
    }
  } finally {
    socket.close()
  }
}

async function ask(socket: Socket, url: string, signal: AbortSignal): Promise<string | undefined> {
  const [, host, port] = /^stuns?:([^[:?]+)(?::(\d+))?/.exec(url) ?? []
  if (host === undefined) return undefined
  const request = bindingRequest()
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const heed = (answer: Buffer): void => {
    const outside = mappedIn(answer, request)
    if (outside !== undefined) resolve(outside)
  }
  socket.on('message', heed)
  let tries = 0
  const send = (): void => {
    if (tries++ >= TRIES || signal.aborted) {
      resolve(undefined)
      return
    }
    // A name that does not resolve answers no more than a server that is gone.
    socket.send(request, port === undefined ? DEFAULT_PORT : Number(port), host, () => undefined)
  }
  send()
  const repeat = setInterval(send, TRY_MS)
  return promise.finally(() => {
    clearInterval(repeat)
    socket.off('message', heed)
  })
}

/** From which UDP may leave to others. */
function localAddresses(): number {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return all.filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0).length
}
