import { StorageError } from '../../shared/history.ts'
import type { PageSettings, StoredKeys } from './settings.ts'

/**
 * The key pair of this installation, drawn at the first start. The private half is non-extractable;
 * where the engine cannot clone such a key into its database, the bytes are kept instead.
 */
export async function loadKeys(settings: PageSettings): Promise<CryptoKeyPair> {
  const kept = await settings.get('keys')
  if (kept !== undefined) return imported(kept)
  const drawn = await drawKeys(false)
  try {
    return await imported(await settings.keep('keys', drawn))
  } catch (error) {
    const cause = error instanceof StorageError ? error.cause : error
    if (!(cause instanceof DOMException) || cause.name !== 'DataCloneError') throw error
    return imported(await settings.keep('keys', await bytesOf(await drawKeys(true))))
  }
}

async function drawKeys(extractable: boolean): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey('Ed25519', extractable, ['sign', 'verify'])
}

async function bytesOf({ privateKey, publicKey }: CryptoKeyPair): Promise<StoredKeys> {
  const [pkcs8, raw] = await Promise.all([
    crypto.subtle.exportKey('pkcs8', privateKey),
    crypto.subtle.exportKey('raw', publicKey),
  ])
  return { pkcs8: new Uint8Array(pkcs8), raw: new Uint8Array(raw) }
}

async function imported(kept: StoredKeys): Promise<CryptoKeyPair> {
  if ('privateKey' in kept) return kept
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey('pkcs8', kept.pkcs8, 'Ed25519', false, ['sign']),
    crypto.subtle.importKey('raw', kept.raw, 'Ed25519', true, ['verify']),
  ])
  return { privateKey, publicKey }
}
