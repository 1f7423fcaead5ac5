import { spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { expect, onTestFinished, test } from 'vitest'
import { STRANGERS_MAX } from '../shared/limits.ts'
import { dialLanPeers } from './lan-peers.ts'
import { temporaryFolder } from './test-relay.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
/** Prints how many connections each has, once both have some or both have been up for `PATIENCE` ms. */
const HEALTH = `
const { setTimeout: sleep } = await import('node:timers/promises')
const connections = (port) => fetch('http://127.0.0.1:' + port + '/health')
  .then((answer) => answer.json()).then((told) => told.connections, () => 'down')
let ends = Infinity
let counts
do {
  await sleep(500)
  counts = await Promise.all([8081, 8082].map(connections))
  if (ends === Infinity && !counts.includes('down')) ends = Date.now() + Number(process.env.PATIENCE)
} while (Date.now() < ends && !counts.every((count) => count > 0))
console.log(counts.join('\\n'))`
/** A LAN of its own with two relay-nodes; they ask for each other at once, and again after ten seconds. */
const LAN = `
  ip link set lo up && ip link add lan0 type veth peer name lan1
  ip addr add 10.77.0.1/24 dev lan0 && ip link set lan0 up && ip link set lan1 up
  ip route add 224.0.0.0/4 dev lan0
  for i in 1 2; do DATA_DIR=./data$i PORT=808$i "$NODE" --disable-proto=delete "$MAIN" >log$i 2>&1 & done
  "$NODE" --input-type=module -e "$HEALTH"`

async function connectionsOf(mdns: string): Promise<readonly string[]> {
  const lan = spawn('unshare', ['-rn', '--kill-child', '--pid', '--fork', 'sh', '-c', LAN], {
    cwd: await temporaryFolder(),
    env: {
      PATH: process.env['PATH'],
      NODE: process.execPath,
      MAIN,
      HEALTH,
      MDNS: mdns,
      // Apart they are asked after more than one of their rounds.
      PATIENCE: mdns === 'on' ? '40000' : '16000',
      BOOTSTRAP: 'none',
      HTTPS_PORT: 'off',
      STUN_PORT: '0',
      UPNP: 'off',
      TCP_PORT: '0',
      QUIC_PORT: '0',
      WEBRTC_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void lan.kill('SIGKILL'))
  return (await text(lan.stdout)).trim().split('\n')
}

test('relay-nodes on one LAN find each other; MDNS=off keeps them apart', async (context) => {
  if (spawnSync('unshare', ['-rn', 'true']).status !== 0)
    context.skip('no network namespace can be made here')
  const [together, apart] = await Promise.all([connectionsOf('on'), connectionsOf('off')])
  // Two on a machine so busy that the first dial takes longer than the other side's patience.
  for (const count of together) expect(count).toMatch(/^[12]$/)
  expect(together).toHaveLength(2)
  expect(apart).toEqual(['0', '0'])
}, 120_000)

function invented(): PeerId {
  return peerIdFromPublicKey(publicKeyFromRaw(crypto.getRandomValues(new Uint8Array(32))))
}

test('a relay-node on the LAN is dialled also after thousands of names have been called out', () => {
  const [lower, higher] = [invented(), invented()].sort((a, b) => (String(a) < String(b) ? -1 : 1))
  if (lower === undefined || higher === undefined) throw new Error('two were invented')
  const dialled: unknown[] = []
  let now = 0
  const found = dialLanPeers(
    {
      peerId: higher,
      getConnections: () => [],
      dial: (to) => Promise.resolve(void dialled.push(to)),
    },
    { now: () => now, after: () => () => undefined },
  )
  for (let i = 0; i < STRANGERS_MAX; i++) found({ id: invented(), multiaddrs: [] })
  dialled.length = 0
  found({ id: lower, multiaddrs: [] })
  expect(dialled).toEqual([])
  now += 10_000
  found({ id: lower, multiaddrs: [] })
  expect(dialled).toHaveLength(1)
})
