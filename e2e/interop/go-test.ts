import { test as base, expect } from '../test.ts'
import type { RelayNode } from '../relay.ts'
import { buildGoPeer } from './go-build.ts'
import { GoPeer, type GoPeerOptions } from './go-peer.ts'

interface GoWorld {
  /** Starts a peer of the Go system. */
  readonly gopher: (options?: GoPeerOptions) => Promise<GoPeer>
}

/** The first build compiles libp2p: minutes on a small machine. */
const BUILD_MAX_MS = 900_000

/** As the other browser tests, with Go peers; skipped where there is no Go. */
export const test = base.extend<GoWorld, { readonly goProgram: string | undefined }>({
  goProgram: [
    async ({}, use) => {
      const built = await buildGoPeer()
      await use(built.ok ? built.path : undefined)
    },
    { scope: 'worker', timeout: BUILD_MAX_MS },
  ],
  gopher: async ({ goProgram }, use) => {
    test.skip(goProgram === undefined, 'there is no Go peer')
    const peers: GoPeer[] = []
    await use(async (options) => {
      const peer = await GoPeer.start(goProgram ?? '', options)
      peers.push(peer)
      return peer
    })
    for (const peer of peers) await peer.quit()
  },
})

/** The relay-node's own addresses, as a user of the Go program would copy one. */
export async function addressOf(
  relay: RelayNode,
  transport: 'tcp' | 'quic-v1',
): Promise<string | undefined> {
  const bootstrap = await fetch(`${relay.url}/bootstrap.json`)
  const { multiaddrs } = (await bootstrap.json()) as { readonly multiaddrs: readonly string[] }
  const pattern = transport === 'tcp' ? /\/tcp\/\d+\/p2p\/[^/]+$/ : /\/quic-v1\/p2p\/[^/]+$/
  return multiaddrs.find((address) => address.includes('/127.0.0.1/') && pattern.test(address))
}

export { expect }
