import { expect, test } from 'vitest'
import { peerIdOf } from '../../shared/identity.ts'
import { alice, bob } from '../../shared/testing/people.ts'
import { sigilOf } from './sigil.ts'

test('the same key always looks the same, and another one different', () => {
  expect(sigilOf(alice.peerId)).toEqual(sigilOf(alice.peerId))
  expect(sigilOf(alice.peerId)).not.toEqual(sigilOf(bob.peerId))
})

test('among a thousand keys hardly two look alike, and no ring is empty', () => {
  const looks = new Set<string>()
  for (let i = 0; i < 1_000; i++) {
    const key = crypto.getRandomValues(new Uint8Array(32))
    const { arcs, core, hue } = sigilOf(peerIdOf(key))
    expect(arcs).toMatch(/A9\.2 9\.2.*A5\.4 5\.4/)
    expect(hue).toBeLessThanOrEqual(360)
    looks.add(`${arcs} ${core} ${Math.round(hue / 15)}`)
  }
  expect(looks.size).toBeGreaterThan(995)
})
