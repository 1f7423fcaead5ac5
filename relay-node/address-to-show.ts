/** The one to hand to a peer elsewhere: plain TCP before the others, another machine's view before one's own. */
export function addressToShow(addresses: readonly string[]): string {
  const shown = addresses.map((address) => address.replace(/\/p2p\/[^/]+$/, ''))
  const rank = (address: string): number =>
    (/\/tcp\/\d+$/.test(address) ? 0 : 4) +
    (/^\/ip4\/127\.|^\/ip6\/::1\//.test(address) ? 2 : 0) +
    (address.startsWith('/ip6') ? 1 : 0)
  return [...shown].sort((a, b) => rank(a) - rank(b))[0] ?? 'nothing'
}
