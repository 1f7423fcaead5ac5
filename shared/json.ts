import { fromUtf8 } from './bytes.ts'

/** What somebody's JSON must be before its fields are looked at: no list, no `null`, no bare value. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object that bytes spell; nothing if they are no UTF-8, no JSON, or no object. */
export function recordIn(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const text = fromUtf8(bytes)
  if (!text.ok) return undefined
  try {
    const value: unknown = JSON.parse(text.value)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
