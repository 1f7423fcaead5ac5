import { type Bytes, concat, sha256, toBase64url, utf8 } from './bytes.ts'
import { type Result, fail, ok } from './failure.ts'
import type { PeerId, RoomId, Topic } from './ids.ts'
import { ROOM_NAME } from './limits.ts'

/** A public room is its name: the topic is the name itself, so that the Go system's peers are in it. */
export interface RoomKey {
  readonly name: string
  readonly topic: Topic
  /** What is never stored: presence. */
  readonly live: Topic
  readonly id: RoomId
  /** 32 bytes; whoever knows it is a member. A public room's follows from its name. */
  readonly secret: Bytes
}

const LIVE_PREFIX = 'p2p-chat/live/'

export function isRoomName(name: string): boolean {
  // A name like `constructor` would be found on the prototype of an object keyed by topics.
  return ROOM_NAME.test(name) && !(name in Object.prototype)
}

export async function roomKeyOf(name: string): Promise<Result<RoomKey>> {
  if (!isRoomName(name)) return fail({ kind: 'bad-room-name', name })
  const topic = name as Topic
  const id = toBase64url(await sha256(utf8('p2p-chat/room/1\n'), utf8(topic))) as RoomId
  const secret = await sha256(utf8('p2p-chat/key/1\n'), utf8(topic))
  return ok({ name, topic, live: `${LIVE_PREFIX}${name}` as Topic, id, secret })
}

/** The room a topic belongs to, or none: the gate before the gossip router lets only these pass. */
export function roomOfTopic(
  topic: string,
): { readonly name: string; readonly live: boolean } | undefined {
  const live = topic.startsWith(LIVE_PREFIX)
  const name = live ? topic.slice(LIVE_PREFIX.length) : topic
  return isRoomName(name) ? { name, live } : undefined
}

const SYNC_DOMAIN = utf8('sync')
const TAG_BYTES = 16

/** Imported keys of rooms: importing costs as much as the tag, and an archive tries many rooms. */
const imported = new WeakMap<RoomKey, Promise<CryptoKey>>()

function hmacKeyOf(room: RoomKey): Promise<CryptoKey> {
  const known = imported.get(room)
  if (known !== undefined) return known
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = crypto.subtle.importKey('raw', room.secret, algorithm, false, ['sign'])
  imported.set(room, key)
  return key
}

/** How two members name the room to each other without naming it to a stranger. */
export async function syncTag(key: RoomKey, initiator: PeerId, responder: PeerId): Promise<Bytes> {
  const tag = await crypto.subtle.sign(
    'HMAC',
    await hmacKeyOf(key),
    concat(SYNC_DOMAIN, utf8(initiator), utf8(responder)),
  )
  return new Uint8Array(tag).slice(0, TAG_BYTES)
}
