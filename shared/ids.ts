import { BASE64URL } from './bytes.ts'
import { CLOCK_MAX_US } from './limits.ts'

/** Names of things, as strings that the compiler keeps apart. */
declare const brand: unique symbol
type Brand<Name extends string> = string & { readonly [brand]: Name }

/** An Ed25519 peer id in base58btc: `12D3KooW…`. Who somebody is; names are only what they call themselves. */
export type PeerId = Brand<'PeerId'>
/** SHA-256("p2p-chat/room/1\n" ‖ topic), base64url, 43 characters. */
export type RoomId = Brand<'RoomId'>
/** SHA-256("p2p-chat/entry/1\n" ‖ what was signed), base64url, 43 characters. */
export type EntryId = Brand<'EntryId'>
/** The first 16 bytes of an EntryId, base64url, 22 characters: how `prev` and sync name an entry. */
export type ShortId = Brand<'ShortId'>
/** 8 random bytes, drawn once per installation, base64url, 11 characters. */
export type LogId = Brand<'LogId'>
/** A pubsub topic. A public room's topic is its name. */
export type Topic = Brand<'Topic'>

/** Where an entry stands: order is `(clock, id)`, the same everywhere. `clock` is in µs since 1970. */
export interface Position {
  readonly clock: number
  /** Of a position that only bounds a range: any prefix of an id's bytes, base64url. */
  readonly id: EntryId
}

/** `from` included, `to` excluded. */
export interface Range {
  readonly from: Position
  readonly to: Position
}

/** Before every entry that can exist. */
export const START: Position = { clock: 0, id: '' as EntryId }
/** After every entry that can exist. An integer like any clock, so it has a key and a spelling everywhere. */
export const END: Position = { clock: CLOCK_MAX_US + 1, id: '' as EntryId }

export function comparePositions(a: Position, b: Position): number {
  return a.clock === b.clock ? compareIds(a.id, b.id) : a.clock - b.clock
}

/**
 * Orders ids by their bytes, as stores do that keep them as bytes; as strings they stand in
 * another order, since base64url's alphabet is not in the order of its character codes.
 * A prefix stands before what it begins.
 */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0
  const common = Math.min(a.length, b.length)
  for (let i = 0; i < common; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i))
      return BASE64URL.indexOf(a.charAt(i)) - BASE64URL.indexOf(b.charAt(i))
  }
  return a.length - b.length
}
