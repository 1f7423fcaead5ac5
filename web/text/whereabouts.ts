import type { Delivery } from '../../shared/history.ts'
import type { ArchiveRefusal } from '../../shared/relay-word.ts'

/** Where one of my own messages is, beside this device. */
export interface Whereabouts {
  /** `returned`: this device had lost it, and others gave it back. */
  /** `refused`: this device could not keep it. */
  readonly state: Delivery | 'returned' | 'refused'
  /** Other people's devices that said that they keep it. */
  readonly devices: number
  /** Other people who are here. */
  readonly others: number
  readonly archive: boolean
  /** Why a relay-node's archive keeps nothing new now, if one does not. */
  readonly refusal?: ArchiveRefusal
  /** A relay-node's archive keeps no more of mine in this room. */
  readonly unkept?: boolean
}
