/** Escape codes of others would move the cursor, colour or clear the screen, or name its window. */
const CONTROLS = /[\p{Cc}--[\n]]/gv
/** Signs that turn text about would turn the program's own words, too. */
const TURNING = /[\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C]/gu

/** What others have written, fit for a terminal; may have several lines. */
export function printable(text: string): string {
  return text
    .replaceAll('\t', '  ')
    .replace(/\r\n?/gu, '\n')
    .replace(CONTROLS, '')
    .replace(TURNING, '')
}
