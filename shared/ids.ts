/** Names of things, as strings that the compiler keeps apart. */
declare const brand: unique symbol
type Brand<Name extends string> = string & { readonly [brand]: Name }

/** An Ed25519 peer id in base58btc: `12D3KooW…`. Who somebody is; names are only what they call themselves. */
export type PeerId = Brand<'PeerId'>
/** SHA-256("p2p-chat/room/1\n" ‖ topic), base64url, 43 characters. */
export type RoomId = Brand<'RoomId'>
/** SHA-256("p2p-chat/entry/1\n" ‖ what was signed), base64url, 43 characters. */
export type EntryId = Brand<'EntryId'>
/** 8 random bytes, drawn once per installation, base64url, 11 characters. */
export type LogId = Brand<'LogId'>
/** A pubsub topic. A public room's topic is its name. */
export type Topic = Brand<'Topic'>

/** Where an entry stands: order is `(clock, id)`, the same everywhere. `clock` is in µs since 1970. */
export interface Position {
  readonly clock: number
  readonly id: EntryId
}

/** Before every entry that can exist. */
export const START: Position = { clock: 0, id: '' as EntryId }

export function comparePositions(a: Position, b: Position): number {
  if (a.clock !== b.clock) return a.clock - b.clock
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
