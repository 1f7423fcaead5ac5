import type { Command } from './command.ts'
import { clear, exporting, history, storage, wipe } from './data.ts'
import { dht, doctor, mesh, ping, relay, routing } from './diagnosis.ts'
import { conn, dial, peers, verbose } from './network.ts'
import { help, quit, version } from './app.ts'
import { nick, who } from './people.ts'
import { join, leave, notify, rooms } from './rooms.ts'
import { me } from './talk.ts'

/** All commands, in the order in which help and palette show them. */
export const commands: readonly Command[] = [
  me,
  who,
  nick,
  join,
  leave,
  rooms,
  notify,
  history,
  exporting,
  clear,
  storage,
  wipe,
  peers,
  conn,
  ping,
  mesh,
  relay,
  routing,
  dht,
  doctor,
  dial,
  verbose,
  help,
  version,
  quit,
]
