import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto'
import { chmod, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../shared/runtime.ts'
import type { OwnNames } from './own-names.ts'

export interface Certificate {
  /** PEM: the private key and the certificate, one after the other. */
  readonly pem: string
  /** ms since 1970 */
  readonly ends: number
}

export interface OwnCertificateOptions {
  readonly dataDir: string
  readonly names: () => OwnNames
  readonly clock: Clock
  /** A sentence for whoever runs this node. */
  readonly tell: (sentence: string) => void
}

const NAME = 'https.pem'
/** Nobody but the owner: whoever reads it can pose as this node's page. */
const OWNER_ONLY = 0o600
const DAY_MS = 24 * 3_600_000
/** Apple's browsers take no certificate that is good for more than 825 days. */
const VALID_MS = 800 * DAY_MS
/** Clocks of phones that have just been switched on run behind. */
const EARLIER_MS = DAY_MS
const RENEW_BEFORE_MS = 30 * DAY_MS
const NAMES_MAX = 64
const SERIAL_BYTES = 16

/**
 * A certificate that this node has signed itself. It is kept, since whoever has told a browser to
 * trust it would be asked again at every start otherwise. Nothing that is wrong with the file
 * stops the node: another certificate costs its visitors one more question, and a node that is down costs more.
 */
export class OwnCertificate {
  readonly #options: OwnCertificateOptions
  readonly #path: string
  #current: Certificate | undefined

  constructor(options: OwnCertificateOptions) {
    this.#options = options
    this.#path = join(options.dataDir, NAME)
  }

  /** The one that is kept, or a new one if there is none or it is time for another. */
  async load(): Promise<Certificate> {
    const kept = await this.#read()
    if (kept === 'unreadable') return (this.#current = await this.#make())
    this.#current = kept
    return (await this.renew()) ?? kept ?? this.#make()
  }

  /** A new one if the current one ends soon, or does not name this machine any more. */
  async renew(): Promise<Certificate | undefined> {
    if (this.#current !== undefined && !this.#isDue(this.#current)) return undefined
    this.#current = await this.#make(this.#current)
    await this.#keep(this.#current)
    return this.#current
  }

  #isDue({ pem, ends }: Certificate): boolean {
    const { clock, names } = this.#options
    if (ends - clock.now() < RENEW_BEFORE_MS) return true
    const certificate = new X509Certificate(pem)
    const needed = names().needed.slice(0, NAMES_MAX)
    return !needed.every((name) =>
      isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name),
    )
  }

  async #read(): Promise<Certificate | 'unreadable' | undefined> {
    const { tell } = this.#options
    let pem: string
    try {
      if (((await stat(this.#path)).mode & 0o777) !== OWNER_ONLY)
        // Where there are no such rights, the node's own key is what is told of.
        await chmod(this.#path, OWNER_ONLY).catch(() => undefined)
      pem = await readFile(this.#path, 'utf8')
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error)
      if (code === 'ENOENT') return undefined
      tell(
        `The https certificate in ${this.#path} cannot be read (${code}): one is used for this start only, and browsers will ask about it.`,
      )
      return 'unreadable'
    }
    return parse(pem) ?? (await this.#putAside())
  }

  /** Never written over: a closer look may still save it. */
  async #putAside(): Promise<'unreadable' | undefined> {
    const { tell } = this.#options
    const aside = `${this.#path}.damaged`
    try {
      await rename(this.#path, aside)
    } catch {
      tell(
        `The https certificate in ${this.#path} is damaged: one is used for this start only, and browsers will ask about it.`,
      )
      return 'unreadable'
    }
    tell(
      `The https certificate in ${this.#path} is damaged: a new one is made, about which browsers will ask once more; the old file is kept as ${aside}.`,
    )
    return undefined
  }

  async #make(former?: Certificate): Promise<Certificate> {
    const { clock, names } = this.#options
    const { needed, also } = names()
    const all = [...new Set([...needed, ...also, ...namesIn(former)])].slice(0, NAMES_MAX)
    return signed(all, clock.now())
  }

  /** Written whole beside it and then given its name. */
  async #keep({ pem }: Certificate): Promise<void> {
    const draft = `${this.#path}.${randomBytes(6).toString('hex')}`
    try {
      const file = await open(draft, 'wx', OWNER_ONLY)
      try {
        await file.writeFile(pem)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(draft, this.#path)
    } catch (error) {
      await unlink(draft).catch(() => undefined)
      const code = (error as NodeJS.ErrnoException).code ?? String(error)
      this.#options.tell(
        `The https certificate cannot be kept in ${this.#path} (${code}): browsers will ask about another one after the next start.`,
      )
    }
  }
}

/** Nothing unless it is a key and the certificate of that key. */
function parse(pem: string): Certificate | undefined {
  try {
    const certificate = new X509Certificate(pem)
    return certificate.checkPrivateKey(createPrivateKey(pem))
      ? { pem, ends: certificate.validToDate.getTime() }
      : undefined
  } catch {
    return undefined
  }
}

/** Names and IPv4 addresses: a machine that moves between two networks ends up with one certificate for both. */
function namesIn(certificate: Certificate | undefined): readonly string[] {
  if (certificate === undefined) return []
  const names = new X509Certificate(certificate.pem).subjectAltName ?? ''
  return [...names.matchAll(/(?:DNS|IP Address):([a-z0-9.-]+)(?=,|$)/gi)].map(
    ([, name = '']) => name,
  )
}

/** No authority: whoever installs it trusts this one machine, not whatever its key might sign. */
async function signed(names: readonly string[], now: number): Promise<Certificate> {
  // A quarter of a second and some megabytes that a start with a kept certificate goes without.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  // The first bit unset: a serial number is positive.
  const serial = randomBytes(SERIAL_BYTES)
  serial.writeUInt8(serial.readUInt8(0) & 0x7f, 0)
  const notAfter = new Date(Math.floor((now - EARLIER_MS + VALID_MS) / 1_000) * 1_000)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serial.toString('hex'),
      name: 'CN=P2P Chat relay-node',
      notBefore: new Date(Math.floor((now - EARLIER_MS) / 1_000) * 1_000),
      notAfter,
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
        ),
      ],
    },
    // Named, because @libp2p/webrtc sets another one for the whole process.
    crypto,
  )
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  const pem = `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n${certificate.toString('pem')}\n`
  return { pem, ends: notAfter.getTime() }
}
