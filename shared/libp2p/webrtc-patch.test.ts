import { webRTC } from '@libp2p/webrtc'
import { RTCPeerConnection } from '../../node_modules/@libp2p/webrtc/dist/src/webrtc/index.js'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type Peer,
  type TestNodeOptions,
  addressOf,
  dialWebRTC,
  startPeer,
  until,
} from './test-node.ts'

/** Long enough for a real WebRTC connection on loopback, short beside libp2p's own dial timeout. */
const PATIENCE_MS = 8_000

const peers: Peer[] = []
const { createDataChannel, setRemoteDescription } = RTCPeerConnection.prototype

afterEach(async () => {
  Object.assign(RTCPeerConnection.prototype, { createDataChannel, setRemoteDescription })
  await Promise.all(peers.splice(0).map(({ network }) => network.stop()))
})

async function peer(options: TestNodeOptions): Promise<Peer> {
  const started = await startPeer(options)
  peers.push(started)
  return started
}

function browserLike(): Promise<Peer> {
  // STUN is not needed on loopback, and the default servers are third parties.
  const transports = [webRTC({ rtcConfiguration: { iceServers: [] } })]
  return peer({ listen: ['/p2p-circuit', '/webrtc'], transports })
}

/** Two who can reach each other through a relay, and alice's way to bob's WebRTC. */
async function pair(): Promise<{ alice: Peer; address: string }> {
  const relay = await peer({ relay: true })
  const [alice, bob] = [await browserLike(), await browserLike()]
  for (const { network } of [alice, bob]) {
    await network.dial(addressOf(relay), AbortSignal.timeout(PATIENCE_MS))
    await until(network, () => network.addresses().some((address) => address.includes('/webrtc')))
  }
  const address = bob.network.addresses().find((each) => each.includes('/webrtc'))
  if (address === undefined) throw new Error('bob is not reserved')
  return { alice, address }
}

/** The `init` channel is made for real, but what the dialler sees of it is this. */
function initChannelSeemsTo(be: 'closed' | 'stuck'): void {
  RTCPeerConnection.prototype.createDataChannel = function (label, options) {
    const real = createDataChannel.call(this, label, options)
    if (label !== 'init') return real
    const seen = new EventTarget() as typeof real
    const readyState = be === 'closed' ? 'closed' : 'connecting'
    return Object.defineProperties(seen, {
      readyState: { value: readyState },
      close: { value: () => undefined },
    })
  }
}

/** The dialler expects another certificate than the answering side has: DTLS fails after ICE connected. */
function answerSeemsForged(): void {
  RTCPeerConnection.prototype.setRemoteDescription = function (description) {
    if (description.type !== 'answer') return setRemoteDescription.call(this, description)
    const sdp = description.sdp?.replace(
      /(fingerprint:sha-256 )(..)/,
      (_, name: string, byte: string) => name.concat(byte === '00' ? '01' : '00'),
    )
    return setRemoteDescription.call(this, {
      type: 'answer',
      ...(sdp === undefined ? {} : { sdp }),
    })
  }
}

describe('a WebRTC dial comes through', () => {
  test('when the other side has closed the init channel before the dialler looked', async () => {
    const { alice, address } = await pair()
    initChannelSeemsTo('closed')
    expect(await dialWebRTC(alice, address)).toMatchObject({ ok: true })
    expect(alice.network.links()).toContainEqual(
      expect.objectContaining({ transport: 'WebRTC', path: 'direct' }),
    )
  })

  test('when the init channel neither opens nor closes', async () => {
    const { alice, address } = await pair()
    initChannelSeemsTo('stuck')
    expect(await dialWebRTC(alice, address)).toMatchObject({ ok: true })
  })

  test('but not after it was cancelled', async () => {
    const { alice, address } = await pair()
    initChannelSeemsTo('stuck')
    const cancel = new AbortController()
    const dialled = alice.network.dial(address, cancel.signal)
    // Within the waits of the patch: ICE on loopback takes less, the two waits take 2 s.
    setTimeout(() => {
      cancel.abort(new Error('enough'))
    }, 900)
    expect(await dialled).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
    expect(alice.network.links().filter(({ transport }) => transport === 'WebRTC')).toEqual([])
  })
})

test('a WebRTC dial whose peer connection failed has failed', async () => {
  const { alice, address } = await pair()
  answerSeemsForged()
  const dialled = await alice.network.dial(address, AbortSignal.timeout(PATIENCE_MS))
  expect(dialled).toMatchObject({ ok: false, failure: { kind: 'unreachable' } })
  expect(alice.network.links().filter(({ transport }) => transport === 'WebRTC')).toEqual([])
})
