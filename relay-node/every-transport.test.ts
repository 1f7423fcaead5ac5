import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Chat } from '../shared/chat.ts'
import type { Room } from '../shared/room.ts'
import { loadCertificate } from './certificate-file.ts'
import {
  addressesOf,
  chatter,
  hasIpv6,
  person,
  relayForAll,
  relayProcess,
  temporaryFolder,
  until,
} from './test-relay.ts'

const LINES = 20
const DIAL_MS = 8_000
const PEM_KEY = /-----BEGIN PRIVATE KEY[^]*END PRIVATE KEY-----/

async function roomOf(chat: Chat, name: string): Promise<Room> {
  const opened = await chat.open(name)
  if (!opened.ok) throw new Error(opened.failure.kind)
  return opened.value
}

async function heardIn(room: Room): Promise<readonly string[]> {
  const entries = await room.page({ limit: 1_000 })
  return entries.map(({ content }) => content)
}

function wordsOf(name: string): readonly string[] {
  return Array.from({ length: LINES }, (_, n) => `${name} ${String(n)}`)
}

/** The file of a certificate that was made just now. */
async function newPem(): Promise<string> {
  const folder = await temporaryFolder()
  expect((await loadCertificate(folder)).ok).toBe(true)
  return readFile(join(folder, 'webrtc-direct.pem'), 'utf8')
}

/** A UDP port that somebody else has. */
async function takenUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  onTestFinished(() => void socket.close())
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return socket.address().port
}

describe('each transport', () => {
  const relay = relayForAll()

  test.each(['TCP', 'WebSocket', 'QUIC', 'WebRTC'])(
    '%s carries a chat both ways at once',
    async (transport) => {
      const address = (await addressesOf(relay()))[transport] ?? ''
      const [alice, bob] = [await chatter(), await chatter()]
      for (const { network } of [alice, bob]) {
        const dialled = await network.dial(address, AbortSignal.timeout(DIAL_MS))
        expect(dialled.ok).toBe(true)
        expect(network.links().map((link) => [link.transport, link.path])).toEqual([
          [transport, 'direct'],
        ])
      }
      const name = `tea-by-${transport}`
      const rooms = [await roomOf(alice.chat, name), await roomOf(bob.chat, name)] as const
      const said = [wordsOf('alice'), wordsOf('bob')] as const
      await Promise.all(
        rooms.map(async (room, who) => {
          for (const words of said[who] ?? []) expect((await room.say(words)).ok).toBe(true)
        }),
      )
      const everything = said.flat().sort()
      for (const room of rooms) {
        await until(async () => {
          // Nobody dials again here: without a link the rest never comes.
          for (const { network } of [alice, bob]) expect(network.links()).not.toEqual([])
          return (await heardIn(room)).length >= everything.length
        })
        expect([...(await heardIn(room))].sort()).toEqual(everything)
      }
      expect(await heardIn(rooms[0])).toEqual(await heardIn(rooms[1]))
    },
  )
})

describe('IPv6', () => {
  const relay = relayForAll({ HOST: 'all' })

  test.skipIf(!hasIpv6).each(['TCP', 'WebSocket', 'QUIC', 'WebRTC'])(
    'is listened on by %s too',
    async (transport) => {
      const address = (await addressesOf(relay()))[transport] ?? ''
      const there = address.replace(/^\/ip4\/[^/]+/, '/ip6/::1')
      expect((await (await person()).dial(there, AbortSignal.timeout(DIAL_MS))).ok).toBe(true)
      const here = address.replace(/^\/ip[46]\/[^/]+/, '/ip4/127.0.0.1')
      expect((await (await person()).dial(here, AbortSignal.timeout(DIAL_MS))).ok).toBe(true)
    },
  )

  test('is done without, and that is said once, where the machine has none', async (context) => {
    if (spawnSync('unshare', ['-rn', 'true']).status !== 0)
      context.skip('no network namespace can be made here')
    // Its own network, without IPv6, and everything else as usual.
    const limit = `exec unshare -rn sh -c '
      ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && exec "$@"' sh "$@"`
    const relay = relayProcess(await temporaryFolder(), { HOST: 'all' }, limit)
    const lines = await relay.lines
    expect(lines.filter((line) => line.includes('IPv6'))).toEqual([
      'IPv6: this machine has none, so only IPv4 is listened on.',
    ])
    expect(lines.find((line) => line.startsWith('Ports: '))).toMatch(
      /^Ports: WebSocket \d+, TCP \d+, QUIC \d+\/udp, WebRTC-Direct \d+\/udp$/,
    )
    relay.child.kill('SIGTERM')
    expect(await relay.ended).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('a restart', () => {
  test('keeps every address', async () => {
    const folder = await temporaryFolder()
    const first = relayProcess(folder)
    const before = await addressesOf(first)
    expect(Object.keys(before).sort()).toEqual(['QUIC', 'TCP', 'WebRTC', 'WebSocket'])
    const portIn = (name: string): string =>
      /\/(?:tcp|udp)\/(\d+)/.exec(before[name] ?? '')?.[1] ?? ''
    first.child.kill('SIGTERM')
    await first.ended
    const second = relayProcess(folder, {
      PORT: portIn('WebSocket'),
      TCP_PORT: portIn('TCP'),
      QUIC_PORT: portIn('QUIC'),
      WEBRTC_PORT: portIn('WebRTC'),
    })
    expect(await addressesOf(second)).toEqual(before)
    const dialled = await (
      await person()
    ).dial(before['WebRTC'] ?? '', AbortSignal.timeout(DIAL_MS))
    expect(dialled.ok).toBe(true)
  })

  test.each<[string, (pem: string) => string | Promise<string>]>([
    ['is cut off', (pem) => pem.slice(0, 200)],
    ['is rubbish', () => 'rubbish'],
    ['has other letters', (pem) => pem.replace(/[A-Za-z]{8}(?=[^-]*-----END C)/, 'AAAAAAAA')],
    // Each is sound, but they do not belong together.
    [
      'has another key',
      async (pem) => pem.replace(PEM_KEY, PEM_KEY.exec(await newPem())?.[0] ?? ''),
    ],
  ])(
    'with a certificate file that %s tells so, leaves the file alone, and goes on without WebRTC-Direct',
    async (_, damage) => {
      const folder = await temporaryFolder()
      const path = join(folder, 'data/webrtc-direct.pem')
      const whole = await newPem()
      const damaged = await damage(whole)
      expect(damaged).not.toBe(whole)
      await mkdir(join(folder, 'data'))
      await writeFile(path, damaged)
      const relay = relayProcess(folder, {
        ANNOUNCE: '/ip4/203.0.113.7/udp/4002/webrtc-direct /ip4/203.0.113.7/tcp/4001',
      })
      expect(Object.keys(await addressesOf(relay)).sort()).toEqual(['QUIC', 'TCP', 'WebSocket'])
      relay.child.kill('SIGTERM')
      const { code, stderr } = await relay.ended
      expect(code).toBe(0)
      expect(stderr).toMatch(
        /^The certificate of WebRTC-Direct in \S+ is damaged: .* Until then it is off\.\n$/,
      )
      expect(await readFile(path, 'utf8')).toBe(damaged)
      const only = { PORT: 'off', TCP_PORT: 'off', QUIC_PORT: 'off' }
      expect(await relayProcess(folder, only).ended).toMatchObject({ code: 1, stdout: '' })
    },
  )
})

describe('a datastore', () => {
  test('with damaged records is passed over: they are about others, and are learnt again', async () => {
    const folder = await temporaryFolder()
    const first = relayProcess(folder)
    const before = await first.lines
    first.child.kill('SIGTERM')
    await first.ended
    const peers = join(folder, 'data/datastore/peers')
    const records = await readdir(peers)
    expect(records.length).toBeGreaterThan(0)
    for (const [n, record] of records.entries())
      await writeFile(join(peers, record), n % 2 === 0 ? randomBytes(37) : '')
    const second = relayProcess(folder)
    expect((await second.lines)[1]).toBe(before[1])
    second.child.kill('SIGTERM')
    expect(await second.ended).toMatchObject({ code: 0, stderr: '' })
  })

  test('that is a file, or holds folders for records, ends the start with one sentence', async () => {
    const folder = await temporaryFolder()
    const store = join(folder, 'data/datastore')
    await mkdir(join(folder, 'data'))
    await writeFile(store, '')
    const file = await relayProcess(folder).ended
    await rm(store)
    const first = relayProcess(folder)
    await first.lines
    first.child.kill('SIGKILL')
    await first.ended
    for (const record of await readdir(join(store, 'peers'))) {
      await rm(join(store, 'peers', record))
      await mkdir(join(store, 'peers', record))
    }
    for (const { code, stdout, stderr } of [file, await relayProcess(folder).ended]) {
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(
        /^The datastore in \S+ is damaged or cannot be written to \(.*\): mend or remove it.*\n$/,
      )
    }
  })
})

describe('a port', () => {
  test('of WebRTC-Direct that is taken is told, and done without', async () => {
    const port = await takenUdpPort()
    const relay = relayProcess(await temporaryFolder(), { WEBRTC_PORT: String(port) })
    expect(Object.keys(await addressesOf(relay)).sort()).toEqual(['QUIC', 'TCP', 'WebSocket'])
    relay.child.kill('SIGTERM')
    expect(await relay.ended).toMatchObject({
      code: 0,
      stderr: `Port ${String(port)} is taken by another program, so WebRTC-Direct is off: stop that program and start this one again, or set WEBRTC_PORT to another port.\n`,
    })
  })

  test('is not listened on if it is off', async () => {
    const relay = relayProcess(await temporaryFolder(), {
      TCP_PORT: 'off',
      QUIC_PORT: 'off',
      WEBRTC_PORT: 'off',
    })
    expect(Object.keys(await addressesOf(relay))).toEqual(['WebSocket'])
    const lines = await relay.lines
    expect(lines.find((line) => line.startsWith('Ports: '))).toMatch(
      /^Ports: WebSocket \d+, TCP off, QUIC off, WebRTC-Direct off$/,
    )
  })

  test('of WebRTC-Direct may be the only one', async () => {
    const folder = await temporaryFolder()
    const only = { PORT: 'off', TCP_PORT: 'off', QUIC_PORT: 'off' }
    const lines = await relayProcess(folder, only).lines
    const address = (lines[2] ?? '').replace('Listening on: ', '')
    expect(address).toMatch(/\/udp\/\d+\/webrtc-direct\/certhash\//)
    expect((await (await person()).dial(address, AbortSignal.timeout(DIAL_MS))).ok).toBe(true)
  })
})

test('what is announced is named, with the certificate that it needs', async () => {
  const relay = relayProcess(await temporaryFolder(), {
    ANNOUNCE: '/ip4/203.0.113.7/udp/4002/webrtc-direct /dns4/chat.example/udp/4001/quic-v1',
  })
  const own = (await addressesOf(relay))['WebRTC'] ?? ''
  const url = /^Open (\S+)$/.exec((await relay.lines).at(-1) ?? '')?.[1] ?? ''
  const { multiaddrs } = (await (await fetch(`${url}/bootstrap.json`)).json()) as {
    multiaddrs: string[]
  }
  expect(multiaddrs).toContain(
    own.replace(/^\/ip4\/127\.0\.0\.1\/udp\/\d+/, '/ip4/203.0.113.7/udp/4002'),
  )
  expect(
    multiaddrs.some((each) => each.startsWith('/dns4/chat.example/udp/4001/quic-v1/p2p/')),
  ).toBe(true)
})
