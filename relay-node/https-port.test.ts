import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { readFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect as connectTls, getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemRuntime } from '../shared/runtime.ts'
import { OwnCertificate } from './certificate.ts'
import { Visitors } from './fairness.ts'
import { HttpsPort } from './https-port.ts'
import { person, relayIn, temporaryFolder, until } from './test-relay.ts'

function certificateIn(folder: string): Promise<string> {
  return readFile(join(folder, 'data/https.pem'), 'utf8')
}

function ask(port: unknown, path: string, ca: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: Number(port), path, ca, agent: false }, resolve).on(
      'error',
      reject,
    )
  })
}

describe('the https port of a relay-node', () => {
  test('serves what the plain one does, under the certificate that it keeps', async () => {
    const folder = await temporaryFolder()
    const relay = await relayIn(folder, { HTTPS_PORT: '0' })
    const ca = await certificateIn(folder)
    const answer = await ask(relay.httpsPort, '/bootstrap.json', ca)
    expect(JSON.parse(await text(answer))).toMatchObject({
      peerId: relay.peerId,
      httpsPort: relay.httpsPort,
      multiaddrs: expect.toSatisfy((told: readonly string[]) => {
        // Nobody elsewhere would believe the certificate.
        const known = relay.addresses.filter((address) => !address.includes('/tls/'))
        return known.length === told.length && known.every((address) => told.includes(address))
      }) as unknown,
    })
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
    // It would hold for http://localhost, too, once somebody has installed the certificate.
    expect(answer.headers['strict-transport-security']).toBeUndefined()
  })

  test('hands WebSockets to libp2p', async () => {
    const folder = await temporaryFolder()
    const relay = await relayIn(folder, { HTTPS_PORT: '0' })
    const trusted = getCACertificates()
    onTestFinished(() => {
      setDefaultCACertificates(trusted)
    })
    setDefaultCACertificates([...trusted, await certificateIn(folder)])
    const address = `/ip4/127.0.0.1/tcp/${relay.httpsPort}/tls/ws/p2p/${relay.peerId}`
    const alice = await person()
    expect(await alice.dial(address, AbortSignal.timeout(5_000))).toEqual({
      ok: true,
      value: relay.peerId,
    })
    await until(() => alice.reserved)
    await relay.stop()
    await until(() => alice.links().length === 0)
  })

  test('is not named to those who come through a reverse proxy', async () => {
    const relay = await relayIn(await temporaryFolder(), { HTTPS_PORT: '0' })
    const fetched = async (headers: Record<string, string>): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${relay.port}/bootstrap.json`, { headers })
      return ((await response.json()) as { httpsPort?: number }).httpsPort
    }
    expect(await fetched({})).toBe(relay.httpsPort)
    expect(await fetched({ 'x-forwarded-for': '203.0.113.9' })).toBeUndefined()
    expect(await fetched({ 'x-forwarded-proto': 'http' })).toBeUndefined()
  })

  test.each([{ HTTPS_PORT: 'off' }, { HTTPS_PORT: '0', PORT: 'off' }])(
    '%j: there is none',
    async (values) => {
      const folder = await temporaryFolder()
      const relay = await relayIn(folder, values)
      expect(relay.httpsPort).toBe('off')
      await expect(certificateIn(folder)).rejects.toThrow('ENOENT')
    },
  )

  test('plain http, silence and rubbish at it harm nobody', async () => {
    const folder = await temporaryFolder()
    const relay = await relayIn(folder, { HTTPS_PORT: '0' })
    const port = Number(relay.httpsPort)
    const plain = createConnection(port, '127.0.0.1')
    plain.on('error', () => undefined)
    plain.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await new Promise((resolve) => plain.once('close', resolve))
    const silent = createConnection(port, '127.0.0.1')
    silent.on('error', () => undefined)
    onTestFinished(() => void silent.destroy())
    const ca = await certificateIn(folder)
    expect((await ask(port, '/health', ca)).statusCode).toBe(200)
  })
})

test('a certificate that ends is replaced without a new start', async () => {
  const dataDir = await temporaryFolder()
  let now = Date.now()
  let endDay = (): void => undefined
  const runtime = systemRuntime()
  const clock = {
    now: () => now,
    after: (ms: number, run: () => void) => {
      if (ms === 24 * 3_600_000) endDay = run
      return () => undefined
    },
  }
  const certificate = new OwnCertificate({
    dataDir,
    names: () => ({ needed: ['localhost'], also: [] }),
    clock,
    tell: (sentence) => {
      throw new Error(sentence)
    },
  })
  const https = new HttpsPort({
    host: '127.0.0.1',
    port: 0,
    certificate,
    answer: (_, response) => response.end(),
    visitors: new Visitors(100),
    upgrade: (_, socket) => socket.destroy(),
    runtime: { ...runtime, clock },
  })
  onTestFinished(() => https.stop())
  await https.start()
  const shown = (): Promise<X509Certificate | undefined> =>
    new Promise((resolve, reject) => {
      const socket = connectTls(
        { host: '127.0.0.1', port: Number(https.port), rejectUnauthorized: false },
        () => {
          resolve(socket.getPeerX509Certificate())
          socket.destroy()
        },
      )
      socket.on('error', reject)
    })
  const first = await shown()
  endDay()
  expect((await shown())?.fingerprint256).toBe(first?.fingerprint256)
  now += 780 * 24 * 3_600_000
  endDay()
  await until(async () => (await shown())?.fingerprint256 !== first?.fingerprint256)
})
