import type { Composer } from '../state/composer.svelte.ts'
import type { Timeline } from '../state/timeline.svelte.ts'

/** What a key in the box does; true if it was more than writing. */
export function keyTo(
  composer: Composer,
  timeline: Timeline,
  box: HTMLTextAreaElement,
  event: KeyboardEvent,
): boolean {
  // Enter, arrows and Esc belong to the input method while it composes; 229 is how Safari says so.
  if (event.isComposing || event.keyCode === 229) return false
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
    case 'Escape':
      return escape(composer, timeline)
    default:
      return false
  }
}

function arrow(composer: Composer, box: HTMLTextAreaElement, event: KeyboardEvent): boolean {
  const up = event.key === 'ArrowUp'
  const walks = event.ctrlKey || (up && box.value === '')
  if (composer.open && !event.ctrlKey) composer.move(up ? -1 : 1)
  else if (walks) composer.recall(up ? 1 : -1)
  else return false
  return true
}

/** A stack: the list first, then back to the latest. */
function escape(composer: Composer, timeline: Timeline): boolean {
  if (composer.open) composer.closeList()
  else if (!timeline.pinned) timeline.pinned = true
  else return false
  return true
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
  if (target instanceof HTMLInputElement) return !target.readOnly
  return target instanceof HTMLTextAreaElement || target.isContentEditable
}
