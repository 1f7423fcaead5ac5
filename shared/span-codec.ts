import { type Bytes, concat, fromBase64url, toBase64url } from './bytes.ts'
import { END, type EntryId, type Position, START, type ShortId, comparePositions } from './ids.ts'
import { CLOCK_MAX_US, HOUR_US, SHORT_ID_BYTES } from './limits.ts'
import { type Field, bytesField, lastOf, readFields, varintField } from './protobuf.ts'
import type { Span } from './reconcile.ts'
import { DIGEST_BYTES } from './sums.ts'
import { hourOf } from './tally.ts'

/**
 * A span says where it ends, as the difference to the end of the one before: in hours if it ends
 * at one (2 bytes instead of 7), else in µs. Without either it reaches to the window's end.
 */
export function encodeSpan(span: Span, after: Position): Bytes {
  return concat(
    encodeEnd(span.to, after),
    ...(span.mode === 'fp' ? [bytesField(4, span.digest)] : []),
    ...(span.mode === 'ids' ? [bytesField(5, idsBytes(span.ids))] : []),
  )
}

function encodeEnd(to: Position, after: Position): Bytes {
  if (comparePositions(to, END) === 0) return new Uint8Array()
  const hours = hourOf(to.clock) - hourOf(after.clock)
  return to.clock % HOUR_US === 0 && to.id === '' && hours > 0
    ? varintField(1, hours)
    : concat(varintField(2, to.clock - after.clock), idField(3, to))
}

/** Only spans whose ends rise. */
export function decodeSpans(fields: readonly Field[]): readonly Span[] | undefined {
  const spans: Span[] = []
  let after = START
  for (const field of fields) {
    const parts = readFields(field.bytes)
    const span = parts && decodeSpan(parts, after)
    if (span === undefined || comparePositions(span.to, after) <= 0) return undefined
    spans.push(span)
    after = span.to
  }
  return spans
}

function decodeSpan(fields: readonly Field[], after: Position): Span | undefined {
  const to = decodeEnd(fields, after)
  const digest = lastOf(fields, 4)?.bytes
  const listed = lastOf(fields, 5)?.bytes
  if (to === undefined || (digest !== undefined && listed !== undefined)) return undefined
  if (digest !== undefined)
    return digest.length === DIGEST_BYTES
      ? { mode: 'fp', to, digest: new Uint8Array(digest) }
      : undefined
  if (listed === undefined) return { mode: 'skip', to }
  const ids = decodeIds(listed)
  return ids && { mode: 'ids', to, ids }
}

function decodeEnd(fields: readonly Field[], after: Position): Position | undefined {
  const hours = lastOf(fields, 1)?.value ?? 0
  const us = lastOf(fields, 2)?.value ?? 0
  const id = lastOf(fields, 3)
  if (hours === 0 && us === 0 && id === undefined) return END
  if (hours === 0) return decodeBound(after.clock + us, id)
  return us === 0 && id === undefined
    ? decodeBound((hourOf(after.clock) + hours) * HOUR_US, undefined)
    : undefined
}

export function decodeBound(clock: number, id: Field | undefined): Position | undefined {
  if (clock > CLOCK_MAX_US + 1 || (id?.bytes.length ?? 0) > SHORT_ID_BYTES) return undefined
  return { clock, id: toBase64url(id?.bytes ?? new Uint8Array()) as EntryId }
}

export function decodeIds(bytes: Uint8Array): readonly ShortId[] | undefined {
  if (bytes.length % SHORT_ID_BYTES !== 0) return undefined
  return Array.from(
    { length: bytes.length / SHORT_ID_BYTES },
    (_, i) => toBase64url(bytes.subarray(i * SHORT_ID_BYTES, (i + 1) * SHORT_ID_BYTES)) as ShortId,
  )
}

export function idField(number: number, { id }: Position): Bytes {
  if (id === '') return new Uint8Array()
  const bytes = fromBase64url(id, Math.floor((id.length * 3) / 4))
  if (!bytes.ok || bytes.value.length > SHORT_ID_BYTES)
    throw new Error(`no bound of a range: ${id}`)
  return bytesField(number, bytes.value)
}

export function idsBytes(ids: readonly ShortId[]): Bytes {
  return concat(
    ...ids.map((id) => {
      const bytes = fromBase64url(id, SHORT_ID_BYTES)
      if (!bytes.ok) throw new Error(`no short id: ${id}`)
      return bytes.value
    }),
  )
}
