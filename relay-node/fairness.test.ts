import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../shared/testing/virtual-time.ts'
import { Arrivals, ConnectionCounts, groupOf, isFairShare } from './fairness.ts'

describe('who an address belongs to', () => {
  test.each([
    ['/ip4/203.0.113.7/tcp/4001', '203.0.113.7'],
    ['/ip4/203.0.113.7/tcp/9/ws', '203.0.113.7'],
    ['/ip6/::ffff:203.0.113.7/tcp/1', '203.0.113.7'],
    ['/ip6/2001:db8:1:2:3:4:5:6/tcp/1', '2001:db8:1:2::/64'],
    ['/ip6/2001:db8:1:2::9/tcp/1', '2001:db8:1:2::/64'],
    ['/ip6/2001:db8::9/tcp/1', '2001:db8:0:0::/64'],
    ['/ip6/::1/tcp/1', '0:0:0:0::/64'],
  ])('%s', (address, group) => {
    expect(groupOf(multiaddr(address))).toBe(group)
  })
})

describe('a fair share', () => {
  const crowd = multiaddr('/ip4/203.0.113.7/tcp/1')
  const other = (n: number) => multiaddr(`/ip4/198.51.100.${n}/tcp/1`)

  test('one address fills half of the table, and then others still get in', () => {
    const counts = new ConnectionCounts(10)
    let id = 0
    const knock = (address: ReturnType<typeof multiaddr>): boolean => {
      const admitted = counts.admits(address)
      if (admitted) counts.opened({ id: String(id++), remoteAddr: address })
      return admitted
    }
    const first = Array.from({ length: 20 }, () => knock(crowd)).filter(Boolean)
    expect(first).toHaveLength(5)
    expect([1, 2, 3, 4].map((n) => knock(other(n)))).toEqual([true, true, true, true])
    expect(knock(crowd)).toBe(false)
  })

  test('what closes is free again', () => {
    const counts = new ConnectionCounts(4)
    const connections = ['a', 'b'].map((id) => ({ id, remoteAddr: crowd }))
    for (const connection of connections) counts.opened(connection)
    expect(counts.admits(crowd)).toBe(false)
    for (const connection of connections) counts.closed(connection)
    expect([counts.admits(crowd), counts.total]).toEqual([true, 0])
  })

  test('below half of the table one address may hold it all', () => {
    expect(isFairShare(4, 4, 10)).toBe(true)
    expect(isFairShare(5, 5, 10)).toBe(false)
    expect(isFairShare(2, 5, 10)).toBe(true)
  })

  test('of those that come and say nothing, one address has half', async () => {
    const clock = new VirtualClock(0)
    const arrivals = new Arrivals(10, clock)
    const knock = (remoteAddr: ReturnType<typeof multiaddr>) => {
      const ends: (() => void)[] = []
      const arriving = {
        remoteAddr,
        addEventListener: (_: 'close', run: () => void) => void ends.push(run),
      }
      const end = (): void => {
        for (const run of ends) run()
      }
      return { arriving, admitted: arrivals.admit(arriving), end }
    }
    const silent = Array.from({ length: 20 }, () => knock(crowd)).filter(({ admitted }) => admitted)
    expect(silent).toHaveLength(5)
    for (const n of [1, 2, 3]) {
      const honest = knock(other(n))
      expect(honest.admitted).toBe(true)
      arrivals.arrived(honest.arriving)
      honest.end()
    }
    expect(knock(crowd).admitted).toBe(false)
    for (const { end } of silent) end()
    expect(Array.from({ length: 5 }, () => knock(crowd).admitted)).not.toContain(false)
    expect(knock(crowd).admitted).toBe(false)
    // Whatever became of them, libp2p waits for none for so long.
    await clock.run(10_000)
    expect(knock(crowd).admitted).toBe(true)
  })
})
