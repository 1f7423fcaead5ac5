import { parseArgs } from 'node:util'
import { isPeerId } from '../../shared/identity.ts'
import { DEFAULT_ROOM } from '../../shared/limits.ts'
import { isRoomName } from '../../shared/room-key.ts'
import { routeOf } from '../../shared/route.ts'

/** Where the terminal finds others, and what it opens first. */
export interface Place {
  /** The page of a relay-node, without path and hash: `http://localhost:8080`. Absent if addresses alone were given. */
  readonly origin?: string
  /** Multiaddrs of relay-nodes. */
  readonly relays: readonly string[]
  readonly room: string
}

export type Asked =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'help' }
  | { readonly kind: 'bad'; readonly why: BadArgument }

export interface BadArgument {
  readonly kind: 'option' | 'where' | 'room' | 'surplus'
  readonly text: string
}

type Environment = Readonly<Record<string, string | undefined>>

const OPTIONS = { help: { type: 'boolean', short: 'h' }, room: { type: 'string' } } as const
const DEFAULT_PORT = '8080'

/**
 * What was typed behind the command: the page of a relay-node, an invite, or a multiaddr; `--room` and a name.
 * @param environment `PORT` and `CHAT_TOPIC`, as the relay-node on this machine has them
 */
export function readArguments(typed: readonly string[], environment: Environment): Asked {
  const { values, positionals, tokens } = parseArgs({
    args: [...typed],
    options: OPTIONS,
    strict: false,
    tokens: true,
  })
  const unknown = tokens.find(
    (token) => token.kind === 'option' && !Object.hasOwn(OPTIONS, token.name),
  )
  if (values['help'] !== undefined) return { kind: 'help' }
  if (unknown?.kind === 'option') return bad('option', unknown.rawName)
  const [where, surplus] = positionals
  if (surplus !== undefined) return bad('surplus', surplus)
  const room = values['room'] === undefined ? undefined : roomIn(values['room'])
  if (room !== undefined && !isRoomName(room)) return bad('room', room)
  const found = placeOf(where ?? `http://localhost:${orElse(environment['PORT'], DEFAULT_PORT)}`)
  if (found === undefined) return bad('where', where ?? '')
  if (found === 'no-room') return bad('room', where ?? '')
  const opened = room ?? found.room ?? orElse(environment['CHAT_TOPIC'], DEFAULT_ROOM)
  if (!isRoomName(opened)) return bad('room', opened)
  return { kind: 'place', place: { ...found, room: opened } }
}

/** @param given `true`: no name stands behind the option */
function roomIn(given: string | boolean): string {
  return typeof given === 'string' ? given.replace(/^#/, '') : ''
}

function bad(kind: BadArgument['kind'], text: string): Asked {
  return { kind: 'bad', why: { kind, text } }
}

type Found = Omit<Place, 'room'> & { readonly room?: string }

function placeOf(where: string): Found | 'no-room' | undefined {
  if (!where.startsWith('/')) return pageIn(where)
  const [, peer = ''] = /^\/\S+\/p2p\/([^/\s]+)$/.exec(where) ?? []
  return isPeerId(peer) ? { relays: [where] } : undefined
}

/** @param where a page, with the room behind it if it is an invite; `http://` may be left out */
function pageIn(where: string): Found | 'no-room' | undefined {
  const url = URL.parse(/^https?:\/\//i.test(where) ? where : `http://${where}`)
  if (url === null) return undefined
  const route = routeOf(url.hash)
  if (route.kind !== 'room') return 'no-room'
  const named = url.hash === '' ? {} : { room: route.name }
  return { origin: url.origin, relays: route.relays ?? [], ...named }
}

function orElse(value: string | undefined, otherwise: string): string {
  return value === undefined || value === '' ? otherwise : value
}
