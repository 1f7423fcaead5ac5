import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeConfig, isArchive, loadConfig, readConfig } from './config.ts'
import { temporaryFolder } from './test-relay.ts'

const HERE = '/somewhere'

describe('configuration', () => {
  test('without any variable', () => {
    expect(readConfig({}, HERE)).toEqual({
      ok: true,
      config: {
        host: 'all',
        port: 8080,
        tcpPort: 4001,
        quicPort: 4001,
        webrtcPort: 4002,
        upnp: true,
        mdns: true,
        dataDir: '/somewhere/data',
        topic: 'p2p-chat-default',
        announce: [],
        bootstrap: 'public',
        dhtMode: 'client',
        maxReservations: 1024,
        maxConnections: 2048,
        archiveDays: 30,
        archiveRoomMb: 50,
        archiveTotalMb: 1024,
        httpsPort: 8443,
        stunPort: 3478,
        turnUrls: [],
        turnSecret: '',
      },
    })
  })

  test('empty variables count as not set, and unknown ones do not count', () => {
    expect(readConfig({ PORT: ' ', HOST: '', COLOUR: 'blue' }, HERE)).toEqual(readConfig({}, HERE))
  })

  test('every value', () => {
    const configured = readConfig(
      {
        HOST: 'localhost',
        PORT: 'off',
        TCP_PORT: '0',
        QUIC_PORT: '5001',
        WEBRTC_PORT: '0',
        UPNP: 'off',
        MDNS: 'off',
        DATA_DIR: '/var/lib/chat',
        CHAT_TOPIC: 'tea.room',
        ANNOUNCE: '/dns4/chat.example/tcp/443/wss /ip4/203.0.113.7/tcp/4001',
        BOOTSTRAP: '/ip4/203.0.113.8/tcp/4001,/dnsaddr/example.org, /dns/a.example/tcp/443/wss',
        DHT_MODE: 'Server',
        MAX_RESERVATIONS: '0',
        MAX_CONNECTIONS: '1',
        ARCHIVE_DAYS: '0',
        ARCHIVE_ROOM_MB: '5',
        ARCHIVE_TOTAL_MB: '10',
        HTTPS_PORT: 'off',
        STUN_PORT: '0',
        TURN_URL: 'turn:a.example:3478?transport=udp, turns:a.example',
        TURN_SECRET: 'not to be printed',
      },
      HERE,
    )
    expect(configured.ok && describeConfig(configured.config)).toBe(
      'HOST=127.0.0.1 PORT=off TCP_PORT=0 QUIC_PORT=5001 WEBRTC_PORT=0' +
        ' UPNP=off MDNS=off DATA_DIR=/var/lib/chat CHAT_TOPIC=tea.room' +
        ' ANNOUNCE=/dns4/chat.example/tcp/443/wss,/ip4/203.0.113.7/tcp/4001' +
        ' BOOTSTRAP=/ip4/203.0.113.8/tcp/4001,/dnsaddr/example.org,/dns/a.example/tcp/443/wss' +
        ' DHT_MODE=server MAX_RESERVATIONS=0 MAX_CONNECTIONS=1' +
        ' ARCHIVE_DAYS=0 ARCHIVE_ROOM_MB=5 ARCHIVE_TOTAL_MB=10' +
        ' HTTPS_PORT=off STUN_PORT=0 TURN_URL=turn:a.example:3478?transport=udp,turns:a.example',
    )
  })

  test('words count in whatever case they are written', () => {
    const values = { HOST: 'all', PORT: 'off', UPNP: 'on', MDNS: 'off', BOOTSTRAP: 'none' }
    const upper = Object.entries(values).map(([name, value]) => [name, value.toUpperCase()])
    const configured = readConfig(values, HERE)
    expect(configured.ok).toBe(true)
    expect(readConfig(Object.fromEntries(upper) as Record<string, string>, HERE)).toEqual(
      configured,
    )
  })

  test('everything that can be dialled may be announced', () => {
    const ANNOUNCE = [
      '/ip4/203.0.113.7/tcp/4001',
      '/dns4/chat.example/tcp/8080/ws',
      '/dns4/chat.example/tcp/443/wss',
      '/dns4/chat.example/tcp/443/tls/ws',
      '/dns4/chat.example/tcp/443/tls/sni/chat.example/ws',
      '/ip6/2001:db8::7/udp/4001/quic-v1',
      '/ip4/203.0.113.7/udp/4002/webrtc-direct',
    ]
    const configured = readConfig({ ANNOUNCE: ANNOUNCE.join(' ') }, HERE)
    expect(configured.ok && configured.config.announce).toEqual(ANNOUNCE)
  })

  test('bootstrap peers: the public ones unless others are named, or none', () => {
    const bootstrapOf = (text: string): unknown => {
      const configured = readConfig({ BOOTSTRAP: text }, HERE)
      return configured.ok && configured.config.bootstrap
    }
    expect(['', 'PUBLIC', 'none'].map(bootstrapOf)).toEqual(['public', 'public', []])
    expect(bootstrapOf('/ip4/203.0.113.7/udp/4001/quic-v1')).toEqual([
      '/ip4/203.0.113.7/udp/4001/quic-v1',
    ])
  })

  test.each(['ARCHIVE_DAYS', 'ARCHIVE_ROOM_MB', 'ARCHIVE_TOTAL_MB'])(
    '%s=0 switches the archive off',
    (name) => {
      const [on, off] = [readConfig({}, HERE), readConfig({ [name]: '0' }, HERE)]
      expect([on, off].map((configured) => configured.ok && isArchive(configured.config))).toEqual([
        true,
        false,
      ])
    },
  )

  test.each([
    ['HOST', 'example.org', 'an IP address, localhost or all'],
    ['HOST', '300.1.1.1', 'an IP address'],
    ['HOST', 'fe80::1%eth0', 'an IP address'],
    ['PORT', '65536', 'a port from 1 to 65535'],
    ['PORT', '-1', '0 for any free one, or off'],
    ['PORT', '80a', 'a port'],
    ['PORT', '8080.5', 'a port'],
    ['TCP_PORT', 'on', 'a port'],
    ['DATA_DIR', 'a\0b', 'a folder'],
    ['CHAT_TOPIC', 'two words', 'a room name'],
    ['CHAT_TOPIC', 'constructor', 'a room name'],
    ['CHAT_TOPIC', 'x'.repeat(65), 'a room name'],
    ['ANNOUNCE', '203.0.113.7:4001', '203.0.113.7:4001 is none'],
    ['ANNOUNCE', '/ip4/203.0.113.7', 'names no host and port'],
    [
      'ANNOUNCE',
      '/ip4/203.0.113.7/tcp/1/p2p/12D3KooW9yvwvSuCbhWviKY9zNRbsYXFhenA5VeYfczdRzUoGYuE',
      'its own peer id',
    ],
    ['ANNOUNCE', '/ip4/203.0.113.7/tcp/0', 'names no port'],
    ['ANNOUNCE', '/ip6/::/udp/4001/quic-v1', 'names no machine'],
    ['ANNOUNCE', '/ip4/203.0.113.7/udp/4001', 'is no address of TCP, WebSocket, QUIC'],
    ['ANNOUNCE', '/dns4/chat.example/tcp/443/wss/p2p-circuit', 'is no address of TCP'],
    ['BOOTSTRAP', '/ip4/203.0.113.7/tcp/4001 rubbish', 'rubbish is none'],
    ['BOOTSTRAP', '/ip4/203.0.113.7/tcp/4001/p2p/12D3KooWABC', 'has a misspelt peer id'],
    ['BOOTSTRAP', '/dnsaddr/example.org/p2p/12D3KooWABC', 'has a misspelt peer id'],
    ['BOOTSTRAP', '/ip4/0.0.0.0/tcp/4001', 'names no machine'],
    ['BOOTSTRAP', '/ip4/203.0.113.7/tcp/0', 'names no port'],
    ['BOOTSTRAP', '/ip4/203.0.113.7/udp/4001', 'is no TCP, QUIC or WebRTC-Direct address'],
    ['BOOTSTRAP', '/ip4/203.0.113.7/udp/4002/webrtc-direct', 'is no TCP, QUIC or'],
    ['QUIC_PORT', '65536', 'a port'],
    ['WEBRTC_PORT', 'yes', 'a port'],
    ['UPNP', 'no', 'on or off'],
    ['MDNS', '0', 'on or off'],
    ['BOOTSTRAP', 'pubic', 'or none (pubic is none), or public'],
    ['DHT_MODE', 'auto', 'client, server or off'],
    ['MAX_RESERVATIONS', 'many', 'a whole number from 0'],
    ['MAX_RESERVATIONS', '1.5', 'a whole number'],
    ['MAX_CONNECTIONS', '0', 'a whole number from 1'],
    ['MAX_CONNECTIONS', '9999999', 'a whole number'],
    ['ARCHIVE_DAYS', '36501', 'a whole number from 0 to 36500'],
    ['ARCHIVE_DAYS', 'for ever', 'a whole number'],
    ['ARCHIVE_ROOM_MB', '-1', 'a whole number from 0'],
    ['ARCHIVE_TOTAL_MB', '1g', 'a whole number from 0'],
    ['HTTPS_PORT', 'on', 'a port'],
    ['STUN_PORT', '65536', 'a port from 1 to 65535'],
    ['TURN_URL', 'turn.example:3478', 'turn.example:3478 is none'],
    ['TURN_URL', 'turn:a.example stun:b.example', 'stun:b.example is none'],
    ['TURN_URL', 'turn:a turn:b turn:c turn:d turn:e', 'at most 4 addresses'],
  ])('%s=%j is refused with a sentence', (name, value, words) => {
    const configured = readConfig({ [name]: value }, HERE)
    const complaints = configured.ok ? [] : configured.complaints
    expect(complaints).toHaveLength(1)
    expect(complaints[0]).toMatch(new RegExp(`^${name} must be .*not ".*"\\.$`))
    expect(complaints[0]).toContain(words)
  })

  test('all bad values are told at once', () => {
    const configured = readConfig(
      { HOST: '?', PORT: '?', CHAT_TOPIC: '?', MAX_CONNECTIONS: '?' },
      HERE,
    )
    expect(
      configured.ok ? [] : configured.complaints.map((complaint) => complaint.split(' ')[0]),
    ).toEqual(['HOST', 'PORT', 'CHAT_TOPIC', 'MAX_CONNECTIONS'])
  })

  test('one port for two, or none at all, is refused', () => {
    expect(readConfig({ PORT: '4001' }, HERE)).toEqual({
      ok: false,
      complaints: ['PORT and TCP_PORT are both 4001, but each needs a port of its own.'],
    })
    expect(readConfig({ QUIC_PORT: '4002' }, HERE)).toEqual({
      ok: false,
      complaints: ['QUIC_PORT and WEBRTC_PORT are both 4002, but each needs a port of its own.'],
    })
    const off = { PORT: 'off', TCP_PORT: 'off', QUIC_PORT: 'off', WEBRTC_PORT: 'off' }
    expect(readConfig(off, HERE).ok).toBe(false)
    expect(readConfig({ ...off, QUIC_PORT: '0' }, HERE).ok).toBe(true)
    expect(
      readConfig({ PORT: '0', TCP_PORT: '0', QUIC_PORT: '0', WEBRTC_PORT: '0' }, HERE).ok,
    ).toBe(true)
  })

  test('QUIC and WebRTC-Direct addresses are announced and dialled; the latter is announced only if it is on', () => {
    const ANNOUNCE = '/ip4/203.0.113.7/udp/4002/webrtc-direct /ip4/203.0.113.7/udp/4001/quic-v1'
    const BOOTSTRAP =
      '/ip4/203.0.113.8/udp/4001/quic-v1 /ip4/203.0.113.8/udp/4002/webrtc-direct/certhash/uEiBWZyS0lqFy7G1kSdp-OFXog2lO94KFJQCYozKalc0jhQ'
    expect(readConfig({ ANNOUNCE, BOOTSTRAP }, HERE).ok).toBe(true)
    expect(readConfig({ ANNOUNCE, WEBRTC_PORT: 'off' }, HERE)).toEqual({
      ok: false,
      complaints: ['ANNOUNCE names a WebRTC-Direct address, but WEBRTC_PORT is off.'],
    })
    // UDP has ports of its own.
    expect(readConfig({ STUN_PORT: '8080' }, HERE).ok).toBe(true)
    expect(readConfig({ STUN_PORT: '4001' }, HERE).ok).toBe(false)
    expect(readConfig({ HTTPS_PORT: '8080' }, HERE)).toEqual({
      ok: false,
      complaints: ['PORT and HTTPS_PORT are both 8080, but each needs a port of its own.'],
    })
    expect(readConfig({ HTTPS_PORT: '4001' }, HERE).ok).toBe(false)
  })

  test('TURN needs both its address and its secret', () => {
    const complaintsOf = (values: Record<string, string>): readonly string[] => {
      const configured = readConfig(values, HERE)
      return configured.ok ? [] : configured.complaints
    }
    expect(complaintsOf({ TURN_URL: 'turn:a.example' })).toEqual([
      'TURN_URL is set without TURN_SECRET, which the TURN server and this node share.',
    ])
    expect(complaintsOf({ TURN_SECRET: 'x' })).toEqual([
      'TURN_SECRET is set without TURN_URL, so nobody would use it.',
    ])
    expect(complaintsOf({ TURN_URL: 'turn:a.example', TURN_SECRET: 'x' })).toEqual([])
  })
})

describe('the .env file', () => {
  test('is read, and the real environment wins', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, '.env'), 'PORT=1234\nTCP_PORT="off"\n# a remark\nNOT_OURS=1\n')
    const configured = loadConfig({ PORT: '5678' }, folder)
    expect(configured.ok && [configured.config.port, configured.config.tcpPort]).toEqual([
      5678,
      'off',
    ])
  })

  test('that cannot be read is told', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, '.env'))
    expect(loadConfig({}, folder)).toEqual({
      ok: false,
      complaints: [`${join(folder, '.env')} cannot be read (EISDIR).`],
    })
  })
})

test('a DATA_DIR that is a file is told beside the other bad values', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'data'), '')
  await writeFile(join(folder, '.env'), 'DATA_DIR=data/inside\n')
  const configured = loadConfig({ PORT: '?' }, folder)
  const [port, dataDir, ...more] = configured.ok ? [] : configured.complaints
  expect(port).toContain('PORT must be')
  expect(dataDir).toBe(
    `DATA_DIR must be a folder, but ${join(folder, 'data/inside')} is or lies in a file.`,
  )
  expect(more).toEqual([])
})
