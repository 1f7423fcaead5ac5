import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const CONTRACT_PAGE = new URL('../web/store/contract-page.ts', import.meta.url)

/** Serves a page of one script: without another, the one that runs the store's contract suite in a real engine. */
export async function serveStorePage(
  script = CONTRACT_PAGE,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const input = fileURLToPath(script)
  const bundle = await rolldown({ input, platform: 'browser', logLevel: 'warn' })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false })
  await bundle.close()
  const html =
    '<!doctype html><meta charset="utf-8"><title>store</title><script type="module" src="/page.js"></script>'
  const server = createServer((request, response) => {
    const script = request.url === '/page.js'
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
    response.end(script ? output[0].code : html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // `localhost` is a secure context: without one there is no crypto.subtle.
  const url = `http://localhost:${(server.address() as AddressInfo).port}/`
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
}
