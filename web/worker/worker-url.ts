/** Where Vite puts the worker: at the top, so that it may serve every address. */
const SERVICE_WORKER = '/sw.js'

/** The page's policy takes no plain text where a script is to be run from. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): unknown }
}

/** The one way from a text to a script's address, and it leads to our own worker alone. */
export function serviceWorkerUrl(): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes }
  const policy = trustedTypes?.createPolicy('p2p-chat-worker', { createScriptURL: onlyOurs })
  // `register` takes a TrustedScriptURL, which the compiler does not know yet.
  return (policy?.createScriptURL(SERVICE_WORKER) ?? SERVICE_WORKER) as string
}

function onlyOurs(url: string): string {
  if (url !== SERVICE_WORKER) throw new TypeError(`${url} is no worker of ours`)
  return url
}
