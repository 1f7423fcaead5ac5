import { fromUtf8 } from './bytes.ts'

/** What somebody's JSON must be before its fields are looked at: no list, no `null`, no bare value. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Strings, brackets, and whatever stands between commas and colons. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[^\s",:[\]{}]+/g

/**
 * How an object's values are spelled, which `JSON.parse` does not tell: `1e9` and `1.0` are integers to it.
 * A key that is given twice comes twice; of a list or an object there is the bracket that opens it.
 * @param text an object that `JSON.parse` takes
 */
export function spellings(text: string): readonly (readonly [key: string, spelling: string])[] {
  const found: [string, string][] = []
  let depth = 0
  let key: string | undefined
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '}' || token === ']') {
      depth--
      continue
    }
    if (depth === 1 && key === undefined) key = JSON.parse(token) as string
    else if (depth === 1 && key !== undefined) {
      found.push([key, token])
      key = undefined
    }
    if (token === '{' || token === '[') depth++
  }
  return found
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
