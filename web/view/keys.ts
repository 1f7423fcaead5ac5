import type { Composer } from '../state/composer.svelte.ts'
import type { Timeline } from '../state/timeline.svelte.ts'
import { type Wrap, wrapped } from '../state/wrapping.ts'

/** What a key in the box does; true if it was more than writing. */
export function keyTo(composer: Composer, box: HTMLTextAreaElement, event: KeyboardEvent): boolean {
  // Enter and arrows belong to the input method while it composes.
  if (isComposing(event)) return false
  switch (event.key) {
    case 'Enter':
      if (event.shiftKey || event.altKey) return false
      composer.enter()
      return true
    case 'Tab':
      return composer.tab(event.shiftKey ? -1 : 1)
    case 'ArrowUp':
    case 'ArrowDown':
      return arrow(composer, box, event)
    default:
      return wrap(composer, box, event)
  }
}

/** What a key does wherever the focus is; true if it did something. */
export function keyAnywhere(
  composer: Composer,
  timeline: Timeline,
  box: HTMLTextAreaElement,
  event: KeyboardEvent,
): boolean {
  // A drawer lies over the conversation, or another part has taken the key.
  if (event.defaultPrevented || isComposing(event) || box.closest('[inert]') !== null) return false
  if (event.key === 'Escape') return escape(composer, timeline, box)
  if (shortcut(event) !== 'k') return false
  composer.askForCommand()
  box.focus()
  return true
}

/** 229 is how Safari says so. */
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}

function arrow(composer: Composer, box: HTMLTextAreaElement, event: KeyboardEvent): boolean {
  const up = event.key === 'ArrowUp'
  const walks = event.ctrlKey || (up && box.value === '')
  if (composer.open && !event.ctrlKey) composer.move(up ? -1 : 1)
  else if (walks) composer.recall(up ? 1 : -1)
  else return false
  return true
}

/** A stack: the list first, then what is selected among the messages, then back to the latest. */
function escape(composer: Composer, timeline: Timeline, box: HTMLTextAreaElement): boolean {
  if (composer.open || composer.writing !== undefined) composer.closeList()
  else if (!dropSelection() && timeline.pinned) return false
  else if (!timeline.pinned && document.activeElement === box) timeline.toEnd()
  box.focus()
  return true
}

/** A message that has the focus, or text of some. */
function dropSelection(): boolean {
  const selection = getSelection()
  const within = (node: Node | null | undefined): boolean =>
    (node instanceof Element ? node : node?.parentElement)?.closest('[role="log"]') instanceof
    Element
  const isText = selection?.isCollapsed === false && within(selection.anchorNode)
  if (isText) selection.removeAllRanges()
  return isText || within(document.activeElement)
}

const WRAPS = new Map<string | undefined, Wrap>([
  ['b', 'bold'],
  ['i', 'italic'],
  ['e', 'code'],
])

function wrap(composer: Composer, box: HTMLTextAreaElement, event: KeyboardEvent): boolean {
  const by = WRAPS.get(shortcut(event))
  if (by === undefined) return false
  const { value: text, selectionStart: start, selectionEnd: end } = box
  const edit = wrapped({ text, start, end }, by)
  box.setSelectionRange(edit.from, edit.to)
  // Deprecated, and still the one way by which Ctrl+Z takes it back; `setRangeText` forgets all before it.
  if (!document.execCommand('insertText', false, edit.by))
    box.setRangeText(edit.by, edit.from, edit.to)
  box.setSelectionRange(edit.start, edit.end)
  composer.text = box.value
  return true
}

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** The letter that was pressed with Ctrl, or with Cmd on a Mac, where Ctrl moves the caret. */
function shortcut(event: KeyboardEvent): string | undefined {
  const pressed = IS_MAC ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey
  if (!pressed || event.shiftKey || event.altKey) return undefined
  // On a Thai or Greek keyboard the key says another letter: then by its place.
  return /^[a-z]$/i.test(event.key)
    ? event.key.toLowerCase()
    : /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase()
}

/** A letter typed where nothing else takes it. */
export function landsInBox(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented)
    return false
  if ([...event.key].length !== 1) return false
  const { target } = event
  if (!(target instanceof HTMLElement) || isEditable(target)) return false
  // A blank presses what has the focus, and scrolls the log.
  return event.key !== ' ' && target.closest('[inert]') === null
}

/** Text pasted where nothing else takes it. */
export function textPasted(event: ClipboardEvent): string | undefined {
  const { target, clipboardData } = event
  if (target instanceof HTMLElement && isEditable(target)) return undefined
  const pasted = clipboardData?.getData('text/plain')
  return pasted === '' ? undefined : pasted
}

function isEditable(target: HTMLElement): boolean {
  if (target instanceof HTMLTextAreaElement) return !target.readOnly
  return (
    target.isContentEditable || (target instanceof HTMLInputElement && target.type !== 'checkbox')
  )
}
