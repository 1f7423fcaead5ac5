import { tick } from 'svelte'

const BOX = 'composer'

/**
 * Does what a button is for that goes away by it, alone or with its item in a list: the focus goes to the next
 * item's button, or to the one before; else to the box.
 */
export async function pressAway(
  { currentTarget }: { readonly currentTarget: Element },
  act: () => unknown,
): Promise<void> {
  const item = currentTarget.closest('li')
  const next = item?.nextElementSibling ?? item?.previousElementSibling
  await act()
  await tick()
  if (hasFocus()) return
  const button = next?.isConnected === true ? next.querySelector('button') : null
  if (button === null) focusBox()
  else button.focus()
}

/** Called before the page is drawn anew: if what has the focus goes, the box has it then. */
export function keepFocus(): void {
  if (!hasFocus()) return
  const writes = document.activeElement?.id === BOX
  void tick().then(() => {
    if (!hasFocus()) focusBox(writes)
  })
}

function hasFocus(): boolean {
  const { activeElement } = document
  return activeElement !== null && activeElement !== document.body
}

/**
 * With a finger, what is read: a keyboard that comes up unasked would cover half of it.
 * @param writes a keyboard is up already, and stays
 */
function focusBox(writes = false): void {
  const isTouched = !writes && matchMedia('(pointer: coarse)').matches
  const log = isTouched ? document.querySelector<HTMLElement>('[role="log"]') : null
  const place = log ?? document.getElementById(BOX)
  place?.focus({ preventScroll: true })
}
