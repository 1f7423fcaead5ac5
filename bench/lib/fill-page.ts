import { systemRuntime } from '../../shared/runtime.ts'
import { roomKeyOf } from '../../shared/room-key.ts'
import { bob, carol, entry, must } from '../../shared/testing/people.ts'
import { IdbHistory } from '../../web/store/history-idb.ts'

declare global {
  /** Fills a room of this page's own store with signed messages, a minute apart, up to now. */
  var fillRoom: (room: string, count: number) => Promise<void>
}

const BATCH = 500
const GAP_US = 60_000_000
const WORDS = 'the relay address of a garden where somebody said that the morning is late'.split(
  ' ',
)
const THAI = 'สวัสดีครับทุกคนวันนี้อากาศดีมาก'

/** Every thousandth has a word that is nowhere else. */
function contentOf(i: number): string {
  const words = Array.from({ length: 4 + (i % 9) }, (_, k) => WORDS[(i * 7 + k * 5) % WORDS.length])
  return `${i} ${words.join(' ')}${i % 50 === 0 ? ` ${THAI}` : ''}${i % 1_000 === 0 ? ' needle' : ''}`
}

globalThis.fillRoom = async (name, count) => {
  const runtime = systemRuntime()
  const history = must(await IdbHistory.open({ name: 'p2p-chat-history', runtime }))
  const room = must(await roomKeyOf(name)).id
  const start = Date.now() * 1_000 - count * GAP_US
  for (let from = 0; from < count; from += BATCH) {
    const some = Array.from({ length: Math.min(BATCH, count - from) }, (_, k) => {
      const i = from + k
      const who = i % 3 === 0 ? carol : bob
      return entry(who, { content: contentOf(i), room, seq: i + 1, clock: start + i * GAP_US })
    })
    await history.add(await Promise.all(some))
  }
  await history.close()
}
