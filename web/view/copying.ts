/**
 * What a selection over several messages reads as elsewhere: a line `<name> text` for each, without the
 * times and buttons beside them. Nothing for a selection within one.
 */
export function copiedText(log: HTMLElement, selection: Selection | null): string | undefined {
  if (selection === null || selection.rangeCount === 0) return undefined
  const range = selection.getRangeAt(0)
  const articles = [...log.querySelectorAll<HTMLElement>('article[data-key]')]
  const within = articles.filter((article) => range.intersectsNode(article))
  if (within.length < 2) return undefined
  return within
    .map((article) => lineOf(article, range))
    .filter((line) => line !== '')
    .join('\n')
}

function lineOf(article: HTMLElement, range: Range): string {
  const name = article.dataset['name']
  const parts = [...article.querySelectorAll<HTMLElement>('.text, pre')]
  const said = parts.map((part) => selectedIn(part, range).trimEnd()).filter((text) => text !== '')
  if (said.length === 0) return ''
  return name === undefined ? said.join('\n') : `<${name}> ${said.join('\n')}`
}

function selectedIn(element: HTMLElement, range: Range): string {
  if (!range.intersectsNode(element)) return ''
  const part = document.createRange()
  part.selectNodeContents(element)
  if (element.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset)
  if (element.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset)
  return part.toString()
}
