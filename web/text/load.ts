import type { Language } from '../../shared/text/languages.ts'
import { type Text, en } from './en.ts'

/** English is a part of the page; any other language is fetched by who reads it. */
export async function loadText(language: Language): Promise<Text> {
  switch (language) {
    case 'en':
      return en
    case 'th':
      return (await import('./th.ts')).th
  }
}
