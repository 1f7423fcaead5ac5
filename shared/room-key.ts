import { sha256, toBase64url, utf8 } from './bytes.ts'
import { type Result, fail, ok } from './failure.ts'
import type { RoomId, Topic } from './ids.ts'
import { ROOM_NAME } from './limits.ts'

/** A public room is its name: the topic is the name itself, so that the Go system's peers are in it. */
export interface RoomKey {
  readonly name: string
  readonly topic: Topic
  /** What is never stored: presence. */
  readonly live: Topic
  readonly id: RoomId
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
  return ok({ name, topic, live: `${LIVE_PREFIX}${name}` as Topic, id })
}

/** The room a topic belongs to, or none: the gate before the gossip router lets only these pass. */
export function roomOfTopic(topic: string): { readonly name: string; readonly live: boolean } | undefined {
  const live = topic.startsWith(LIVE_PREFIX)
  const name = live ? topic.slice(LIVE_PREFIX.length) : topic
  return isRoomName(name) ? { name, live } : undefined
}
