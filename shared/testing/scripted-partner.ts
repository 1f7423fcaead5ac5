import type { Bytes } from '../bytes.ts'
import type { Entry } from '../entry.ts'
import { END, type PeerId, START, type ShortId } from '../ids.ts'
import type { FramedStream } from '../network.ts'
import type { Span } from '../reconcile.ts'
import { syncTag } from '../room-key.ts'
import { SYNC_PROTOCOL } from '../sync.ts'
import {
  type Hello,
  type SyncFrame,
  decodeFrame,
  encodeFrame,
  itemsFrames,
} from '../sync-frames.ts'
import { SYNC_VERSION } from '../sync-session.ts'
import { lobby, must } from './people.ts'
import type { SimulatedNetwork } from './simulated-network.ts'

const never = new AbortController().signal
const ID_BYTES = 16

/** One end of a sync session, frame by frame, for those who do not follow the protocol. */
export class ScriptedPartner {
  readonly #stream: FramedStream

  constructor(stream: FramedStream) {
    this.#stream = stream
  }

  get peer(): PeerId {
    return this.#stream.peer
  }

  /** The next frame; nothing once the other end has given up. */
  async hear(): Promise<SyncFrame | undefined> {
    const read = await this.#stream.read(never)
    return read.ok && read.value !== undefined ? must(decodeFrame(read.value)) : undefined
  }

  /** All frames of the other end's turn. */
  async hearTurn(): Promise<readonly SyncFrame[]> {
    const turn: SyncFrame[] = []
    for (;;) {
      const frame = await this.hear()
      if (frame === undefined) return turn
      turn.push(frame)
      if (frame.kind === 'done' || (frame.kind === 'ranges' && !frame.more)) return turn
    }
  }

  /** False once the other end has given up. */
  async say(...frames: readonly SyncFrame[]): Promise<boolean> {
    for (const frame of frames) if (!(await this.sayBytes(encodeFrame(frame)))) return false
    return true
  }

  async sayBytes(bytes: Bytes): Promise<boolean> {
    return (await this.#stream.write(bytes, never)).ok
  }

  async hand(...entries: readonly Pick<Entry, 'form' | 'bytes'>[]): Promise<boolean> {
    return this.say(...itemsFrames(entries.map(({ form, bytes }) => ({ form, bytes }))))
  }
}

/** Answers every session that is opened; `count` says how many there were. */
export function answering(
  network: SimulatedNetwork,
  answer: (partner: ScriptedPartner, hello: Hello) => Promise<void>,
): { readonly count: () => number } {
  let count = 0
  network.serve(SYNC_PROTOCOL, async (stream) => {
    count++
    const partner = new ScriptedPartner(stream)
    const hello = await partner.hear()
    if (hello?.kind === 'hello') await answer(partner, hello)
    await stream.close()
  })
  return { count: () => count }
}

/** Opens a stream and says hello: as one who knows the room, or with any tag. */
export async function opening(
  network: SimulatedNetwork,
  peer: PeerId,
  tag?: Bytes,
): Promise<ScriptedPartner | undefined> {
  const opened = await network.open(peer, SYNC_PROTOCOL, never)
  if (!opened.ok) return undefined
  const partner = new ScriptedPartner(opened.value)
  await partner.say(helloOf(tag ?? (await syncTag(lobby, network.self, peer))))
  return partner
}

/** A hello that claims to hold something, whatever the other holds. */
export function helloOf(tag: Bytes, window: Partial<Pick<Hello, 'lo' | 'hi'>> = {}): Hello {
  return {
    kind: 'hello',
    version: SYNC_VERSION,
    tag,
    lo: START,
    hi: END,
    floor: START,
    count: 1,
    digest: new Uint8Array(ID_BYTES).fill(7),
    nowMs: 0,
    flags: 0,
    ...window,
  }
}

/** Answers a hello in kind, from the same clock. */
export function answerOf({ tag, lo, hi, nowMs }: Hello): Hello {
  return { ...helloOf(tag, { lo, hi }), nowMs }
}

/** One range up to the end of the window, with these ids in it. */
export function listed(...ids: readonly ShortId[]): SyncFrame {
  return { kind: 'ranges', spans: [{ mode: 'ids', to: END, ids }], more: false }
}

export function ranges(spans: readonly Span[], more = false): SyncFrame {
  return { kind: 'ranges', spans, more }
}

export const DONE: SyncFrame = { kind: 'done', more: false }
