/** Each by its own name, in the order in which they are listed. */
export const LANGUAGES = { en: 'English', th: 'ไทย' } as const

export type Language = keyof typeof LANGUAGES

export const ALL_LANGUAGES = Object.keys(LANGUAGES) as readonly Language[]

/** What else people type for them. */
const SPELLINGS: Readonly<Record<Language, readonly string[]>> = {
  en: ['english', 'eng', 'อังกฤษ', 'ภาษาอังกฤษ'],
  th: ['thai', 'tha', 'ไทย', 'ภาษาไทย'],
}

/**
 * The first of the wanted languages that there is.
 * @param wanted BCP 47 as browsers say it (`th-TH`), or POSIX as terminals do (`th_TH.UTF-8`)
 */
export function languageOf(wanted: readonly string[]): Language | undefined {
  for (const tag of wanted) {
    const code = /^[a-z]+/i.exec(tag)?.[0].toLowerCase()
    const known = ALL_LANGUAGES.find((language) => language === code)
    if (known !== undefined) return known
  }
  return undefined
}

/** What somebody typed: a code, or a name. */
export function languageNamed(typed: string): Language | undefined {
  const name = typed.toLowerCase()
  const spelled = ALL_LANGUAGES.find((language) => SPELLINGS[language].includes(name))
  return spelled ?? (/^[a-z]{2}([-_.].*)?$/.test(name) ? languageOf([name]) : undefined)
}

/**
 * For `Intl`: the language on the screen with the reader's own habits of dates and clocks, so that whoever
 * reads English in Berlin is not told the time in a.m. and p.m.
 * @param wanted BCP 47, the reader's own first
 */
export function localeOf(language: Language, wanted: readonly string[]): string {
  const same = wanted.find((tag) => languageOf([tag]) === language && /[-_]/.test(tag))
  if (same !== undefined) return valid(same) ?? language
  const region = wanted
    .map((tag) => valid(tag))
    .find((tag) => tag !== undefined && /-[A-Z]{2}\b/.test(tag))
  const code = region === undefined ? undefined : new Intl.Locale(region).region
  return code === undefined ? language : `${language}-${code}`
}

function valid(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}
