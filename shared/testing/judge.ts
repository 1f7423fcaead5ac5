import { type Bytes, fromBase64url, utf8 } from '../bytes.ts'
import { Entry, type Form } from '../entry.ts'
import { must } from './people.ts'

/** A vector or fixture: bytes, and what must come of them. */
export interface Judged {
  readonly name: string
  readonly form: number
  readonly line?: string
  readonly bytes?: string
  readonly failure?: string
}

/** What this version makes of it, in the words of the vector. */
export async function judge(vector: Judged): Promise<object> {
  const { name, form, line, bytes } = vector
  const written = {
    name,
    form,
    ...(line === undefined ? {} : { line }),
    ...(bytes === undefined ? {} : { bytes }),
  }
  const opened = await Entry.open(form as Form, bytesOf(vector))
  if (!opened.ok) return { ...written, failure: opened.failure.kind }
  const { id, room, clock, author, kind, content, head } = opened.value
  const place =
    head === undefined
      ? {}
      : { seq: head.seq, ...(head.prev === undefined ? {} : { prev: head.prev }) }
  return { ...written, id, room, clock, author, kind, content, ...place }
}

export function bytesOf({ line, bytes = '' }: Judged): Bytes {
  return line === undefined
    ? must(fromBase64url(bytes, Math.floor((bytes.length * 3) / 4)))
    : utf8(line)
}
