import type { Command } from './command.ts'
import { conn } from './conn.ts'
import { away, back, block, mute, unblock, unmute, whois } from './company.ts'
import { clear, exporting, history, storage, wipe } from './data.ts'
import { dht, doctor, mesh, ping, relay, routing } from './diagnosis.ts'
import { dial, map, peers, verbose } from './network.ts'
import { goto, search } from './search.ts'
import { help, keys, lang, quit, theme, version } from './app.ts'
import { nick, who } from './people.ts'
import { invite, join, leave, notify, rooms } from './rooms.ts'
import { me, shrug, topic } from './talk.ts'

/** All commands, in the order in which help and palette show them. */
export const commands: readonly Command[] = [
  me,
  shrug,
  topic,
  away,
  back,
  who,
  whois,
  nick,
  block,
  unblock,
  mute,
  unmute,
  join,
  leave,
  rooms,
  invite,
  notify,
  history,
  search,
  goto,
  exporting,
  clear,
  storage,
  wipe,
  map,
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
  keys,
  theme,
  lang,
  version,
  quit,
]
