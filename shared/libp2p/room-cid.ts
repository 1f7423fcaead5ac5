import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import { utf8 } from '../bytes.ts'

/** Where a DHT keeps who has a room, as the Go system has it: CIDv1(raw, SHA-256(name)). */
export async function cidOfRoom(name: string): Promise<CID> {
  return CID.createV1(raw.code, await sha256.digest(utf8(name)))
}
