/** The map comes when it is asked for: the page is up without it. */
export function loadMap() {
  return import('./map/MapOf.svelte')
}
