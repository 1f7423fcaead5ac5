/** Something on the screen that must not move when the log changes above it. */
export interface Anchor {
  hold(): void
}

/** The topmost article in view; found again by its key, for it may be drawn anew. */
export function anchorIn(log: HTMLElement): Anchor | undefined {
  const top = log.getBoundingClientRect().top
  const articles = log.querySelectorAll<HTMLElement>('article[data-key]')
  const article = firstBelow(articles, top)
  const key = article?.dataset['key']
  if (article === undefined || key === undefined) return undefined
  const before = article.getBoundingClientRect().top
  return {
    hold: () => {
      const now = log.querySelector(`article[data-key="${CSS.escape(key)}"]`)
      const moved = (now?.getBoundingClientRect().top ?? before) - before
      // By hand and not by overflow-anchor alone: that sleeps at the very top, and not all engines have it.
      if (Math.abs(moved) >= 1) log.scrollTop += moved
    },
  }
}

/** The article of an entry, by its id. */
export function entryIn(log: HTMLElement, id: string): HTMLElement | null {
  return log.querySelector(`article[data-entry="${CSS.escape(id)}"]`)
}

/** Those of the entries of which the reader sees something. */
export function entriesInView<Id extends string>(
  log: HTMLElement,
  ids: readonly Id[],
): readonly Id[] {
  const { top, bottom } = log.getBoundingClientRect()
  return ids.filter((id) => {
    const article = entryIn(log, id)?.getBoundingClientRect()
    return article !== undefined && article.bottom > top && article.top < bottom
  })
}

/** They stand one below the other, so half of them can be left out at each look. */
function firstBelow(articles: NodeListOf<HTMLElement>, top: number): HTMLElement | undefined {
  let low = 0
  let high = articles.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const bottom = articles[middle]?.getBoundingClientRect().bottom ?? 0
    if (bottom <= top) low = middle + 1
    else high = middle
  }
  return articles[low]
}

/** Where the arrow keys, Home and End lead from here. */
export function nextArticle(log: HTMLElement, event: KeyboardEvent): HTMLElement | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined
  const articles = [...log.querySelectorAll('article')]
  const at = articles.findIndex((article) => article.contains(document.activeElement))
  switch (event.key) {
    case 'ArrowUp':
      return at < 0 ? articles.at(-1) : articles[Math.max(0, at - 1)]
    case 'ArrowDown':
      return at < 0 ? articles.at(-1) : articles[at + 1]
    case 'Home':
      return articles[0]
    case 'End':
      return articles.at(-1)
    default:
      return undefined
  }
}

/** Runs whenever one of them changes its size. */
export function heedSizes(elements: readonly Element[], run: () => void): () => void {
  const sizes = new ResizeObserver(run)
  for (const element of elements) sizes.observe(element)
  return () => {
    sizes.disconnect()
  }
}
