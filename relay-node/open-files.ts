import { readFileSync } from 'node:fs'
import type { Config } from './config.ts'

/** Disk, listeners, STUN, the program's own, and dials that are under way. */
const SPARE_FILES = 128
/**
 * As many connections may come by TCP, twice as many by the ports of the page (`Visitors`), and as many may be on
 * their way in.
 */
const FILES_PER_CONNECTION = 4

/** How many files this process may have open; nothing where the system does not tell, or sets no limit. */
export function openFilesMax(): number | undefined {
  try {
    // Node has raised the soft limit to the hard one by now.
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

export interface Held {
  readonly config: Config
  /** A sentence, if it holds fewer than was asked for. */
  readonly complaint?: string
}

/**
 * A socket is an open file: without one left nobody gets in and nothing is written, so no more connections are
 * taken than there are files for.
 */
export function withinOpenFiles(config: Config, files: number | undefined): Held {
  const asked = config.maxConnections
  if (files === undefined || filesFor(asked) <= files) return { config }
  const maxConnections = Math.max(1, Math.floor((files - SPARE_FILES) / FILES_PER_CONNECTION))
  return {
    // Nobody holds a place without a connection: pages would be told of places that do not exist.
    config: {
      ...config,
      maxConnections,
      maxReservations: Math.min(config.maxReservations, maxConnections),
    },
    complaint: `This process may open ${files} files, which is enough for ${maxConnections} connections and not for MAX_CONNECTIONS=${asked}: let it open ${filesFor(asked)} (ulimit -n, LimitNOFILE= of systemd, ulimits of a container), or set MAX_CONNECTIONS=${maxConnections}.`,
  }
}

function filesFor(connections: number): number {
  return SPARE_FILES + FILES_PER_CONNECTION * connections
}
