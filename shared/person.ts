import type { PeerId } from './ids.ts'

/** Somebody who is in the room now, other than me and the relay-nodes. */
export interface Person {
  readonly id: PeerId
  /** As they call themselves, fit for a screen. */
  readonly name: string
  /** When they say that they came, ms since 1970. */
  readonly since: number
  /** When this device first heard of them, ms since 1970: what nobody can claim. */
  readonly knownSince: number
  /** Where they can be dialled; checked to be theirs. */
  readonly addresses: readonly string[]
  /** They are away, by their own word: why, as far as they say; fit for a screen, may be empty. */
  readonly away?: string
  /** They speak no `here`: a peer of the Go system, seen by subscription. */
  readonly silent: boolean
}
