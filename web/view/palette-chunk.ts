/** There is nothing to choose from before the commands are there: the page is up without its list. */
export function loadPalette() {
  return import('./Palette.svelte')
}
