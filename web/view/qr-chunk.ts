/** The page is busy for no longer than this where it never rests. */
const PATIENCE_MS = 2_000
/** Engines that cannot tell when they rest. */
const A_WHILE_MS = 300

/**
 * What draws QR codes comes when one is shown: the page is up without it. It waits until the page
 * rests: who enters a room that is empty only here sees its history sooner, and no code at all.
 */
export async function loadQrCode() {
  await new Promise<unknown>((resolve) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(resolve, { timeout: PATIENCE_MS })
    else setTimeout(resolve, A_WHILE_MS)
  })
  return import('./QrCode.svelte')
}
