/** What draws QR codes comes when one is shown: the page is up without it. */
export function loadQrCode() {
  return import('./QrCode.svelte')
}
