/** What others do (bytes, people, disk, network) fails as a value; our own mistakes are thrown. */
export type Failure =
  | {
      readonly kind: 'too-large'
      readonly limit: number
      readonly actual: number
      readonly unit: 'bytes' | 'characters'
    }
  | { readonly kind: 'malformed'; readonly what: string }
  /** What the Go system's own validator refuses: no honest peer forwards it. */
  | { readonly kind: 'refused-by-all'; readonly what: string }
  | { readonly kind: 'bad-signature' }
  | { readonly kind: 'wrong-room' }
  | { readonly kind: 'not-the-signer' }
  | { readonly kind: 'newer-version' }
  | { readonly kind: 'from-the-future'; readonly aheadMs: number }
  | { readonly kind: 'below-the-floor' }
  | { readonly kind: 'too-fast' }
  | { readonly kind: 'bad-room-name'; readonly name: string }
  | { readonly kind: 'bad-name'; readonly why: 'empty' | 'too-long' | 'official' }
  | { readonly kind: 'bad-address'; readonly address: string }
  | { readonly kind: 'nothing-to-say' }
  | { readonly kind: 'unreachable'; readonly what: string }
  | { readonly kind: 'storage-full' }
  /** `what` is in English, for a log as well; a `cause` that is known is worded in each language. */
  | { readonly kind: 'storage-failed'; readonly what: string; readonly cause?: StorageCause }
  | { readonly kind: 'unknown-command'; readonly name: string; readonly suggestion?: string }
  | {
      readonly kind: 'bad-argument'
      readonly command: string
      readonly argument: string
      readonly value: string
    }
  /** More was typed than the command takes; it did nothing. */
  | { readonly kind: 'surplus-argument'; readonly signature: string; readonly value: string }

/** Why a browser’s storage fails, as far as it tells. */
export type StorageCause = 'closed' | 'forbidden' | 'newer' | 'broken'

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure }

export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function fail(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure }
}
