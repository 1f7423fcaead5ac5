import { readFile } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
  ['.svg', 'image/svg+xml'],
  ['.webmanifest', 'application/manifest+json'],
])

/**
 * The built page from a server that is no relay-node, with a relay-node's bootstrap.json as it was
 * (without a relay-node: with none): so a page can be loaded, and reloaded, while every relay is down.
 */
export class PageServer {
  readonly #server: Server
  readonly url: string

  constructor(server: Server) {
    this.#server = server
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`
  }

  static async start(relayUrl?: string): Promise<PageServer> {
    const bootstrap =
      relayUrl === undefined ? undefined : await (await fetch(`${relayUrl}/bootstrap.json`)).text()
    const server = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
      if (path === '/bootstrap.json' && bootstrap !== undefined) {
        response.setHeader('content-type', 'application/json')
        response.end(bootstrap)
        return
      }
      const file = join('dist/web', path === '/' ? 'index.html' : path)
      readFile(file).then(
        (bytes) => {
          response.setHeader('content-type', TYPES.get(extname(file)) ?? 'application/octet-stream')
          response.end(bytes)
        },
        () => {
          response.statusCode = 404
          response.end()
        },
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new PageServer(server)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
