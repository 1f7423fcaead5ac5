/** What turns the order of letters about, so that code reads otherwise than it runs. */
const TURNS = /[\u202A-\u202E\u2066-\u2069]/g

/** Code as it is: with a name for each sign that would show it in another order. */
export function openly(code: string): string {
  return code.replace(TURNS, (sign) => `‹U+${sign.charCodeAt(0).toString(16).toUpperCase()}›`)
}
