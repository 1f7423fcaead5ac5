import { X509Certificate, createHash, createPrivateKey } from 'node:crypto'
import { join } from 'node:path'
// Before @peculiar/x509, which needs the metadata reflection that comes with it.
import '@libp2p/webrtc'
import * as x509 from '@peculiar/x509'
import { base64url } from 'multiformats/bases/base64'
import { create } from 'multiformats/hashes/digest'
import { readSecret } from './secret-file.ts'

/** As @libp2p/webrtc takes it. */
export interface Certificate {
  readonly privateKey: string
  readonly pem: string
  /** Multibase of the certificate's multihash: what stands in the addresses. */
  readonly certhash: string
}

export type LoadedCertificate =
  | { readonly ok: true; readonly certificate: Certificate }
  | { readonly ok: false; readonly complaint: string }

const NAME = 'webrtc-direct.pem'
/**
 * Nobody looks at the dates: who dials compares the hash in the address. libp2p would renew it every
 * 14 days, and each address that somebody has written down would be dead.
 */
const VALID_YEARS = 50
/** P-256 is what every browser and every libp2p has. */
const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const SHA2_256 = 0x12

/** The certificate of WebRTC-Direct with its key. It is kept, because its hash is a part of the address. */
export async function loadCertificate(dataDir: string): Promise<LoadedCertificate> {
  const path = join(dataDir, NAME)
  const file = await readSecret(path, makeCertificate)
  if (!file.ok) {
    return {
      ok: false,
      complaint: `The certificate of WebRTC-Direct cannot be read from or written to ${path} (${file.why}).`,
    }
  }
  const certificate = readCertificate(new TextDecoder().decode(file.bytes))
  if (certificate !== undefined) return { ok: true, certificate }
  return {
    ok: false,
    complaint: `The certificate of WebRTC-Direct in ${path} is damaged: restore it from a backup, or remove it to start with new WebRTC-Direct addresses.`,
  }
}

async function makeCertificate(): Promise<string> {
  const keys = await crypto.subtle.generateKey(KEY, true, ['sign', 'verify'])
  const notBefore = new Date()
  notBefore.setMilliseconds(0)
  const notAfter = new Date(notBefore)
  notAfter.setFullYear(notBefore.getFullYear() + VALID_YEARS)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    { name: 'CN=p2p-chat', keys, signingAlgorithm: KEY, notBefore, notAfter },
    crypto,
  )
  const key = x509.PemConverter.encode(
    await crypto.subtle.exportKey('pkcs8', keys.privateKey),
    x509.PemConverter.PrivateKeyTag,
  )
  return `${certificate.toString('pem')}\n${key}\n`
}

function readCertificate(text: string): Certificate | undefined {
  const [pem, privateKey] = ['CERTIFICATE', 'PRIVATE KEY'].map(
    (tag) => new RegExp(`-----BEGIN ${tag}-----[^-]+-----END ${tag}-----`).exec(text)?.[0],
  )
  if (pem === undefined || privateKey === undefined) return undefined
  try {
    const certificate = new X509Certificate(pem)
    if (!certificate.checkPrivateKey(createPrivateKey(privateKey))) return undefined
    const digest = createHash('sha256').update(certificate.raw).digest()
    return { pem, privateKey, certhash: base64url.encode(create(SHA2_256, digest).bytes) }
  } catch {
    return undefined
  }
}
