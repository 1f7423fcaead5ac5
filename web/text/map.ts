import { type MapText, mapEn } from './map-en.ts'
import { mapTh } from './map-th.ts'

/** The map's words; they come with it and not with the page. */
export function mapTextOf(locale: string): MapText {
  return locale.startsWith('th') ? mapTh : mapEn
}
