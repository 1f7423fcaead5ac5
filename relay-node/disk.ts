import { join } from 'node:path'
import type { PrivateKey } from '@libp2p/interface'
import { TrueTime } from '../shared/guard.ts'
import type { ArchiveRefusal } from '../shared/relay-word.ts'
import type { Runtime } from '../shared/runtime.ts'
import { Archive } from './archive/archive.ts'
import { DiskWords, wordDisk } from './archive/disk-words.ts'
import { type Config, isArchive } from './config.ts'
import { Datastore } from './datastore.ts'
import { DhtRecords } from './dht-records.ts'
import { identityOver } from './key-file.ts'

const MEBIBYTE = 1_024 * 1_024
/** Twice as many as are carried at once. Each costs some 500 bytes of memory, and a hash per search. */
const ROOMS_KEPT_MAX = 4_000

export interface DiskOptions {
  readonly config: Config
  readonly runtime: Runtime
  /** A sentence for whoever runs the node. */
  readonly tell: (sentence: string) => void
}

export type OpenedDisk =
  | {
      readonly ok: true
      readonly datastore: Datastore
      readonly records: DhtRecords
      /** Nothing if this node keeps nothing. */
      readonly archive: Archive | undefined
      readonly time: TrueTime
      /** Why the archive keeps nothing new, if so. */
      readonly refusal: () => ArchiveRefusal | undefined
    }
  | { readonly ok: false; readonly complaint: string }

/** What a relay-node keeps in its DATA_DIR, but for its keys. */
export async function openDisk(options: DiskOptions, key: PrivateKey): Promise<OpenedDisk> {
  const words = new DiskWords(options.runtime.clock, options.tell)
  const kept = await openDatastore(options, words)
  if (!kept.ok) return kept
  const opened = await openArchive(options, key, words)
  return opened.ok ? { ...kept, ...opened } : opened
}

type OpenedDatastore =
  | { readonly ok: true; readonly datastore: Datastore; readonly records: DhtRecords }
  | { readonly ok: false; readonly complaint: string }

async function openDatastore(
  { config, runtime }: DiskOptions,
  words: DiskWords,
): Promise<OpenedDatastore> {
  const folder = join(config.dataDir, 'datastore')
  const datastore = new Datastore(folder, (code) => {
    words.tellDatastore(folder, code)
  })
  try {
    await datastore.open()
    return { ok: true, datastore, records: new DhtRecords(datastore, runtime.clock) }
  } catch (error) {
    return { ok: false, complaint: wordDatastore(error, config) }
  }
}

export function wordDatastore(error: unknown, { dataDir }: Config): string {
  return `The datastore in ${join(dataDir, 'datastore')} is damaged or cannot be written to (${String((error as Error).message)}): mend or remove it; peer id and addresses stay.`
}

type OpenedArchive =
  | Pick<Extract<OpenedDisk, { ok: true }>, 'ok' | 'archive' | 'time' | 'refusal'>
  | { readonly ok: false; readonly complaint: string }

/** A full disk is told, and people can talk; an archive that cannot be read is not passed over in silence. */
async function openArchive(
  { config, runtime }: DiskOptions,
  key: PrivateKey,
  words: DiskWords,
): Promise<OpenedArchive> {
  const time = new TrueTime(runtime.clock)
  const none = { ok: true, archive: undefined, time } as const
  if (!isArchive(config)) return { ...none, refusal: () => undefined }
  const opened = await Archive.open({
    folder: join(config.dataDir, 'archive'),
    limits: {
      days: config.archiveDays,
      roomBytes: config.archiveRoomMb * MEBIBYTE,
      totalBytes: config.archiveTotalMb * MEBIBYTE,
      rooms: ROOMS_KEPT_MAX,
    },
    runtime,
    time,
    identity: identityOver(key),
    words,
  })
  if (opened.ok) return { ...opened, time, refusal: () => opened.archive.refusal }
  if (opened.failure.kind !== 'storage-full')
    return {
      ok: false,
      complaint: `${wordDisk(opened.failure)} ARCHIVE_DAYS=0 starts without it.`,
    }
  words.tellOff(opened.failure)
  return { ...none, refusal: () => 'full' }
}
