import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemRuntime } from '../shared/runtime.ts'
import { type Certificate, OwnCertificate } from './certificate.ts'
import { temporaryFolder } from './test-relay.ts'

const DAY_MS = 24 * 3_600_000
const NOW = Date.UTC(2026, 5, 1)

interface Kept {
  readonly folder: string
  readonly path: string
  readonly told: string[]
  /** As a start at that time with those addresses. */
  readonly start: (options?: { now?: number; needed?: readonly string[] }) => Promise<Certificate>
}

async function kept(): Promise<Kept> {
  const folder = await temporaryFolder()
  const told: string[] = []
  return {
    folder,
    path: join(folder, 'https.pem'),
    told,
    start: ({ now = NOW, needed = ['localhost', '192.0.2.7'] } = {}) =>
      new OwnCertificate({
        dataDir: folder,
        names: () => ({ needed, also: ['kitchen.local', 'fd00::7'] }),
        clock: { ...systemRuntime().clock, now: () => now },
        tell: (sentence) => told.push(sentence),
      }).load(),
  }
}

function read({ pem }: Certificate): X509Certificate {
  return new X509Certificate(pem)
}

describe('the first start', () => {
  test('makes one that names the machine, for its owner alone', async () => {
    const { start, path, told } = await kept()
    const certificate = await start()
    const parsed = read(certificate)
    expect(parsed.subjectAltName?.split(', ')).toEqual([
      'DNS:localhost',
      'IP Address:192.0.2.7',
      'DNS:kitchen.local',
      'IP Address:FD00:0:0:0:0:0:0:7',
    ])
    expect([parsed.ca, parsed.keyUsage]).toEqual([false, ['1.3.6.1.5.5.7.3.1']])
    expect(parsed.verify(parsed.publicKey)).toBe(true)
    // Apple's limit.
    expect(certificate.ends - parsed.validFromDate.getTime()).toBeLessThanOrEqual(825 * DAY_MS)
    expect(parsed.validFromDate.getTime()).toBeLessThan(NOW)
    expect(await readFile(path, 'utf8')).toBe(certificate.pem)
    expect([(await stat(path)).mode & 0o777, told]).toEqual([0o600, []])
  })
})

describe('the next start', () => {
  test('takes the same, and closes the file to others', async () => {
    const { start, path } = await kept()
    const first = await start()
    await chmod(path, 0o644)
    expect(await start({ now: NOW + 700 * DAY_MS })).toEqual(first)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('makes another 30 days before the end', async () => {
    const { start, path, told } = await kept()
    const first = await start()
    const soon = first.ends - 29 * DAY_MS
    const second = await start({ now: soon })
    expect(second.pem).not.toBe(first.pem)
    expect(second.ends).toBeGreaterThan(soon + 700 * DAY_MS)
    expect([await readFile(path, 'utf8'), told]).toEqual([second.pem, []])
  })

  test('at another address makes one for both, and then keeps to it', async () => {
    const { start } = await kept()
    await start()
    const elsewhere = ['localhost', '198.51.100.7']
    const second = await start({ needed: elsewhere })
    expect(read(second).checkIP('198.51.100.7')).toBeDefined()
    expect(read(second).checkIP('192.0.2.7')).toBeDefined()
    expect(await start()).toEqual(second)
    expect(await start({ needed: elsewhere })).toEqual(second)
  })

  test('with more addresses than a certificate names does not make a new one each time', async () => {
    const { start } = await kept()
    const needed = Array.from({ length: 100 }, (_, i) => `10.0.0.${i}`)
    expect(await start({ needed })).toEqual(await start({ needed }))
  })
})

describe('a file that is', () => {
  const otherKey = async (): Promise<string> => {
    const { start } = await kept()
    const [key = ''] = (await start()).pem.split(/(?<=-----END PRIVATE KEY-----\n)/)
    return key
  }

  test.each([
    ['empty', async () => ''],
    ['rubbish', async () => 'rubbish'],
    ['cut off', async (pem: string) => pem.slice(0, -200)],
    ['a key without a certificate', otherKey],
    [
      'a certificate with a foreign key',
      async (pem: string) => (await otherKey()) + pem.slice(pem.indexOf('-----BEGIN CERT')),
    ],
  ])('%s is put aside, and another made', async (_, damage) => {
    const { start, path, told } = await kept()
    const first = await start()
    const damaged = await damage(first.pem)
    await writeFile(path, damaged)
    const second = await start()
    expect(read(second).checkHost('localhost')).toBe('localhost')
    expect(told).toEqual([
      `The https certificate in ${path} is damaged: a new one is made, about which browsers will ask once more; the old file is kept as ${path}.damaged.`,
    ])
    expect(await readFile(`${path}.damaged`, 'utf8')).toBe(damaged)
    expect(await start()).toEqual(second)
  })

  test('a folder is told, and https works for this start', async () => {
    const { start, path, folder, told } = await kept()
    await mkdir(path)
    expect(read(await start()).checkHost('localhost')).toBe('localhost')
    expect(told).toEqual([
      `The https certificate in ${path} cannot be read (EISDIR): one is used for this start only, and browsers will ask about it.`,
    ])
    expect(await readdir(folder)).toEqual(['https.pem'])
  })

  test('not to be written is told, and https works for this start', async () => {
    const { start, path, folder, told } = await kept()
    // Root may write anywhere, but not into what is no folder.
    const elsewhere = join(folder, 'file')
    await writeFile(elsewhere, '')
    expect(path).toBe(join(folder, 'https.pem'))
    const certificate = await new OwnCertificate({
      dataDir: elsewhere,
      names: () => ({ needed: ['localhost'], also: [] }),
      clock: systemRuntime().clock,
      tell: (sentence) => told.push(sentence),
    }).load()
    expect(read(certificate).checkHost('localhost')).toBe('localhost')
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('ENOTDIR')
    expect(await start()).toBeDefined()
  })
})
