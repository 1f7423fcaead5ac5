import { expect, test } from 'vitest'
import { type Config, readConfig } from './config.ts'
import { openLines } from './open-lines.ts'

const PORTS = { port: 8080, httpsPort: 8443 } as const
const NETWORK =
  "On this network: https://203.0.113.7:8443 (browsers ask once: its certificate is this node's own)"

function configOf(values: Record<string, string>): Config {
  const configured = readConfig(values, '/somewhere')
  if (!configured.ok) throw new Error(configured.complaints.join(' '))
  return configured.config
}

test('the address for the network comes first, the one for this machine last', () => {
  const announced = configOf({ ANNOUNCE: '/dns4/a.example/tcp/443/wss /ip4/203.0.113.7/tcp/4001' })
  expect(openLines(PORTS, announced, false)).toEqual([NETWORK, 'Open http://localhost:8080'])
  const one = configOf({ HOST: '203.0.113.7' })
  expect(openLines(PORTS, one, false)).toEqual([NETWORK, 'Open http://203.0.113.7:8080'])
})

test('on a terminal there is a QR code of the address for the network', () => {
  const lines = openLines(PORTS, configOf({ HOST: '203.0.113.7' }), true)
  expect(lines.slice(-2)).toEqual([NETWORK, 'Open http://203.0.113.7:8080'])
  const code = lines.slice(0, -2)
  // Version 2 (25 modules) and a border of 2, two rows a line; the colours are those that cameras expect.
  expect(code).toHaveLength(15)
  for (const line of code) {
    expect(line.startsWith('\u001b[97;40m') && line.endsWith('\u001b[0m')).toBe(true)
    expect(line.slice('\u001b[97;40m'.length, -'\u001b[0m'.length)).toMatch(/^[█▀▄ ]{29}$/)
  }
})

test.each([
  [{ HOST: '127.0.0.1' }, PORTS, ['Open http://localhost:8080']],
  [{ HOST: '203.0.113.7' }, { ...PORTS, httpsPort: 'off' }, ['Open http://203.0.113.7:8080']],
  [{}, { port: 'off', httpsPort: 'off' }, []],
] as const)('%j %j: nothing to open on the network', (values, ports, expected) => {
  expect(openLines(ports, configOf(values), true)).toEqual(expected)
})
