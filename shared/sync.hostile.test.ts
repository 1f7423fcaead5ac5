import { describe, expect } from 'vitest'
import { type Bytes, concat, toBase64url } from './bytes.ts'
import { Entry, shortId } from './entry.ts'
import { END, type PeerId, type ShortId } from './ids.ts'
import { LINE_MAX_BYTES, SYNC_FRAME_MAX_BYTES, SYNC_SHUNNED_MS, SYNC_WHOLE_MS } from './limits.ts'
import { bytesField } from './protobuf.ts'
import type { Span } from './reconcile.ts'
import { SYNC_PROTOCOL } from './sync.ts'
import { type Hello, encodeFrame, rangesFrames } from './sync-frames.ts'
import { alice, bob, carol, entry, eve, garden, lineOf, must } from './testing/people.ts'
import {
  DONE,
  type ScriptedPartner,
  answerOf,
  answering,
  helloOf,
  listed,
  opening,
  ranges,
} from './testing/scripted-partner.ts'
import type { Member, Simulation } from './testing/simulation.ts'
import { story } from './testing/story.ts'
import { sleep } from './runtime.ts'

const WORDS = Array.from({ length: 40 }, (_, i) => `word ${i}`)

interface Scene {
  readonly simulation: Simulation
  /** What alice has said. */
  readonly true: readonly Entry[]
  /** Somebody else's, that only eve has. */
  readonly hers: readonly Entry[]
  readonly random: () => Bytes
}

type Act = (partner: ScriptedPartner, hello: Hello, scene: Scene) => Promise<void>

interface Trick {
  readonly name: string
  /** Whoever lies or floods is left alone; whoever is only slow or foolish is not. */
  readonly shunned: boolean
  readonly act: Act
  /** What of it may be shown: valid entries, whoever brings them. */
  readonly shown?: readonly string[]
}

/** Eve says hello, hands over these, and is done. */
function handing(entries: (scene: Scene) => readonly Pick<Entry, 'form' | 'bytes'>[]): Act {
  return async (partner, hello, scene) => {
    await partner.say(answerOf(hello))
    await partner.hand(...entries(scene))
    await partner.say(DONE)
    await partner.hearTurn()
  }
}

function first(scene: Scene): Entry {
  const [entry] = scene.true
  if (entry === undefined) throw new Error('alice has said nothing')
  return entry
}

/** A byte of what was said is another one. */
function altered({ form, bytes }: Entry): Pick<Entry, 'form' | 'bytes'> {
  const other = bytes.slice()
  const at = other.indexOf('w'.charCodeAt(0))
  other[at] = 'X'.charCodeAt(0)
  return { form, bytes: other }
}

function fakeIds({ random }: Scene, count: number): readonly ShortId[] {
  return Array.from({ length: count }, () => toBase64url(random()) as ShortId)
}

/** So many ranges, each of which lists sixteen that nobody has. */
function fakeSpans(scene: Scene, count: number): readonly Span[] {
  const end = scene.simulation.clock.now() * 1_000
  return Array.from({ length: count }, (_, i) => ({
    mode: 'ids' as const,
    to: i === count - 1 ? END : { clock: end - (count - i), id: END.id },
    ids: fakeIds(scene, 16),
  }))
}

const TRICKS: readonly Trick[] = [
  {
    name: 'hands over a line under somebody else’s name',
    shunned: true,
    act: async (partner, hello, scene) => {
      const line = lineOf(carol, { content: 'forged', clock: scene.simulation.clock.now() * 1_000 })
      const { bytes } = must(await Entry.write(line, eve.identity))
      await handing(() => [{ form: 1, bytes }])(partner, hello, scene)
    },
  },
  {
    name: 'hands over altered entries',
    shunned: true,
    act: handing((scene) => [altered(first(scene))]),
  },
  {
    name: 'hands over truncated entries',
    shunned: true,
    act: handing((scene) => [{ form: 1, bytes: first(scene).bytes.slice(0, -10) }]),
  },
  {
    name: 'hands over entries of another room',
    shunned: true,
    act: async (partner, hello, scene) => {
      const other = await entry(carol, { content: 'elsewhere', room: garden.id })
      await handing(() => [other])(partner, hello, scene)
    },
  },
  {
    name: 'hands over an entry over the limit',
    shunned: true,
    act: handing(() => [{ form: 1, bytes: new Uint8Array(LINE_MAX_BYTES + 1).fill(0x20) }]),
  },
  {
    name: 'sends a frame over the limit',
    // The stream fails before the frame is read: that much costs nothing.
    shunned: false,
    act: async (partner, hello) => {
      await partner.say(answerOf(hello))
      await partner.sayBytes(new Uint8Array(SYNC_FRAME_MAX_BYTES + 1))
    },
  },
  {
    name: 'hands over the same true entry a thousand times',
    shunned: false,
    act: handing((scene) => Array.from({ length: 1_000 }, () => first(scene))),
  },
  {
    name: 'hands over without end',
    shunned: true,
    act: async (partner, hello, scene) => {
      await partner.say(answerOf(hello))
      const many = Array.from({ length: 100 }, () => first(scene))
      for (let i = 0; i < 500; i++) if (!(await partner.hand(...many))) return
    },
  },
  {
    name: 'lists what she does not have, and says so when asked',
    shunned: true,
    act: async (partner, hello, scene) => {
      await partner.say(answerOf(hello), ranges(fakeSpans(scene, 60)))
      for (const frame of await partner.hearTurn())
        if (frame.kind === 'want') await partner.say({ kind: 'nack', ids: frame.ids })
      await partner.say(DONE)
      await partner.hearTurn()
    },
  },
  {
    name: 'lists what she has, and withholds it',
    shunned: true,
    act: async (partner, hello, scene) => {
      const ids = scene.hers.map(({ id }) => shortId(id))
      await partner.say(answerOf(hello), listed(...ids))
      await partner.hearTurn()
      await partner.say(DONE)
      await partner.hearTurn()
    },
  },
  {
    name: 'finds another difference every time she looks',
    shunned: true,
    act: async (partner, hello, { random }) => {
      const spans: readonly Span[] = [{ mode: 'fp', to: END, digest: random() }]
      await partner.say(answerOf(hello), ranges(spans))
      for (;;) {
        if ((await partner.hearTurn()).length === 0) return
        await partner.say(ranges([{ mode: 'fp', to: END, digest: random() }]))
      }
    },
  },
  {
    name: 'takes her turn without saying anything, again and again',
    shunned: true,
    act: async (partner, hello) => {
      await partner.say(answerOf(hello))
      for (;;) {
        await partner.say(ranges([]))
        if ((await partner.hearTurn()).length === 0) return
      }
    },
  },
  {
    name: 'sends ranges that never end',
    shunned: true,
    act: async (partner, hello, { random, simulation }) => {
      await partner.say(answerOf(hello))
      for (;;) {
        const span: Span = { mode: 'fp', to: END, digest: random() }
        if (!(await partner.say(ranges([span], true)))) return
        await sleep(simulation.clock, 10)
      }
    },
  },
  {
    name: 'wants the same again and again',
    shunned: true,
    act: async (partner, hello, scene) => {
      const ids = Array.from({ length: 4_000 }, () => shortId(first(scene).id))
      await partner.say(answerOf(hello))
      for (;;) {
        await partner.say({ kind: 'want', ids }, ranges([]))
        if ((await partner.hearTurn()).length === 0) return
      }
    },
  },
  {
    name: 'answers about another window than was asked for',
    shunned: true,
    act: async (partner, hello) => {
      await partner.say({ ...answerOf(hello), hi: { clock: 1, id: END.id } }, DONE)
      await partner.hearTurn()
    },
  },
  {
    // As it looks, too, where a refusal is lost on its way.
    name: 'hangs up before a hello',
    shunned: false,
    act: () => Promise.resolve(),
  },
  {
    name: 'stalls',
    shunned: false,
    act: async (partner, hello) => {
      await partner.say(answerOf(hello))
      await partner.hear()
    },
  },
  {
    name: 'drips',
    shunned: true,
    act: async (partner, hello, scene) => {
      await partner.say(answerOf(hello))
      while (await partner.say({ kind: 'nack', ids: fakeIds(scene, 1) }))
        await sleep(scene.simulation.clock, 2_000)
    },
  },
  {
    name: 'always has more',
    shunned: false,
    act: async (partner, hello) => {
      await partner.say(answerOf(hello), { kind: 'done', more: true })
      await partner.hearTurn()
    },
  },
  {
    name: 'sends frames of kinds that there are not',
    shunned: true,
    act: async (partner, hello) => {
      await partner.say(answerOf(hello))
      await partner.sayBytes(bytesField(99, new Uint8Array(10)))
    },
  },
  {
    name: 'sends rubbish',
    shunned: true,
    act: async (partner, _hello, { random }) => {
      await partner.sayBytes(concat(random(), random()))
    },
  },
  {
    name: 'answers with her own entries, which are true',
    shunned: false,
    shown: ['from her 0', 'from her 1', 'from her 2'],
    act: async (partner, hello, { hers }) => {
      const ids = hers.map(({ id }) => shortId(id))
      await partner.say(answerOf(hello), listed(...ids))
      for (;;) {
        const turn = await partner.hearTurn()
        if (turn.length === 0) return
        if (turn.some(({ kind }) => kind === 'want')) await partner.hand(...hers)
        await partner.say(DONE)
      }
    },
  },
]

async function sceneWith(simulation: Simulation): Promise<Scene & { readonly a: Member }> {
  await simulation.relay()
  const a = await simulation.enter(alice)
  for (const word of WORDS) await a.say(word)
  await simulation.run(5_000)
  const clock = simulation.clock.now() * 1_000
  const hers = await Promise.all(
    [0, 1, 2].map((i) => entry(carol, { content: `from her ${i}`, clock: clock + i, seq: i + 1 })),
  )
  const said = await a.room.page({ limit: 100 })
  return { simulation, a, hers, true: said, random: () => simulation.random.bytes(16) }
}

function shownBy(member: Member): readonly string[] {
  return member.shown.flatMap((change) =>
    change.kind === 'entries' ? change.entries.map(({ content }) => content) : [],
  )
}

describe('a partner who is asked, and', () => {
  for (const { name, shunned, act, shown = [] } of TRICKS) {
    story(
      `${name}: nothing false is shown, all that is true comes from the others`,
      async (simulation) => {
        const scene = await sceneWith(simulation)
        const network = simulation.outsider(eve)
        const { count } = answering(network, (partner, hello) => act(partner, hello, scene))
        const b = await simulation.enter(bob)
        await simulation.run(120_000)
        expect([...shownBy(b)].sort()).toEqual([...WORDS, ...shown].sort())
        expect((await b.read()).filter((word) => word.startsWith('word'))).toEqual(WORDS)
        expect(b.room.syncing).toBe(false)
        // Asked at least once, and then, if she is shunned, not again for a long time.
        const asked = count()
        expect(asked).toBeGreaterThan(0)
        await simulation.run(SYNC_SHUNNED_MS / 2)
        if (shunned) expect(count()).toBe(asked)
        expect(count()).toBeLessThan(40)
        // Whoever is shunned is not answered either.
        const partner = await within(simulation, opening(network, b.id))
        const answer = partner === undefined ? undefined : await within(simulation, partner.hear())
        expect(answer?.kind).toBe(shunned ? 'err' : 'hello')
      },
      [1, 2],
    )
  }
})

story(
  'a partner who was shunned is asked again after ten minutes, also when the clock is set back meanwhile',
  async (simulation) => {
    await simulation.relay()
    const network = simulation.outsider(eve)
    const { count } = answering(network, async (partner) => {
      await partner.say(DONE)
    })
    const b = await simulation.enter(bob, { skewMs: 20 * 3_600_000 })
    await simulation.run(60_000)
    const asked = count()
    expect(asked).toBeGreaterThan(0)
    b.setClock(0)
    await simulation.run(SYNC_SHUNNED_MS / 2)
    expect(count()).toBe(asked)
    await simulation.run(2 * SYNC_SHUNNED_MS)
    expect(count()).toBeGreaterThan(asked)
  },
  [1],
)

/** What a promise comes to in a second. */
async function within<T>(simulation: Simulation, work: Promise<T>): Promise<T | undefined> {
  let outcome: T | undefined
  void work.then((value) => (outcome = value))
  await simulation.run(1_000)
  return outcome
}

/** A session in which the other side has said all that it says of itself. */
async function inSession(
  simulation: Simulation,
  network: Parameters<typeof opening>[0],
  to: PeerId,
): Promise<ScriptedPartner> {
  await simulation.run(15_000)
  const partner = await within(simulation, opening(network, to))
  if (partner === undefined) throw new Error('no stream')
  expect((await within(simulation, partner.hear()))?.kind).toBe('hello')
  await within(simulation, partner.hearTurn())
  return partner
}

describe('somebody who asks, and', () => {
  story(
    'does not know the room learns nothing, however often they try',
    async (simulation) => {
      const { a, random } = await sceneWith(simulation)
      const stranger = simulation.outsider(eve, { here: false })
      await simulation.run(2_000)
      await dialled(simulation, stranger, a)
      const heard: string[] = []
      for (let i = 0; i < 40; i++) {
        const partner = await within(simulation, opening(stranger, a.id, random()))
        const answer = partner === undefined ? undefined : await within(simulation, partner.hear())
        if (answer !== undefined)
          heard.push(answer.kind === 'err' ? `err ${answer.code}` : answer.kind)
      }
      expect(heard.length).toBeGreaterThan(10)
      expect(new Set(heard)).toEqual(new Set(['err 1']))
    },
    [1],
  )

  story(
    'pushes what does not verify is thrown out, and not answered again',
    async (simulation) => {
      const scene = await sceneWith(simulation)
      const network = simulation.outsider(eve)
      answering(network, async (partner, hello) => {
        await partner.say(answerOf(hello), DONE)
        await partner.hearTurn()
      })
      const partner = await inSession(simulation, network, scene.a.id)
      await partner.hand(altered(first(scene)))
      await simulation.run(1_000)
      const again = await within(simulation, opening(network, scene.a.id))
      expect(await within(simulation, again?.hear() ?? Promise.resolve(undefined))).toEqual({
        kind: 'err',
        code: 2,
      })
      expect(await scene.a.read()).toEqual(WORDS)
    },
    [1, 2],
  )

  story(
    'claims differences in thousands of ranges is not worked for longer than a session lasts',
    async (simulation) => {
      const { a, random } = await sceneWith(simulation)
      const network = simulation.outsider(eve)
      const partner = await inSession(simulation, network, a.id)
      const fingerprint = a.history.fingerprint.bind(a.history)
      let compared = 0
      a.history.fingerprint = async (room, range) => {
        if (range.to.clock <= 10_000) compared++
        await sleep(simulation.clock, 50)
        return fingerprint(room, range)
      }
      const spans = Array.from({ length: 10_000 }, (_, i): Span => ({
        mode: 'fp',
        to: { clock: i + 1, id: END.id },
        digest: random(),
      }))
      expect(await within(simulation, partner.say(...rangesFrames(spans)))).toBe(true)
      await simulation.run(SYNC_WHOLE_MS)
      const inTime = compared
      expect(inTime).toBeGreaterThan(1_000)
      await simulation.run(60_000)
      expect(compared).toBe(inTime)
    },
    [1],
  )

  story(
    'wants everything listed at once does not have all of it read into memory at once',
    async (simulation) => {
      const { a } = await sceneWith(simulation)
      for (let n = 0; n < 400; n++) await a.say(`more ${n}`)
      const find = a.history.find.bind(a.history)
      let most = 0
      a.history.find = (room, ids) => {
        most = Math.max(most, ids.length)
        return find(room, ids)
      }
      const network = simulation.outsider(eve)
      const partner = await inSession(simulation, network, a.id)
      // Fingerprints of nothing that anybody holds: each range is listed.
      const said = await a.room.page({ limit: 1_000 })
      const ends = said.filter((_, i) => i % 10 === 9).map(({ clock }) => ({ clock, id: END.id }))
      const digest = new Uint8Array(16)
      await partner.say(ranges([...ends, END].map((to) => ({ mode: 'fp' as const, to, digest }))))
      const turn = (await within(simulation, partner.hearTurn())) ?? []
      const spans = turn.flatMap((frame) => (frame.kind === 'ranges' ? frame.spans : []))
      expect(spans.flatMap((span) => (span.mode === 'ids' ? span.ids : []))).toHaveLength(440)
      expect(most).toBeLessThanOrEqual(128)
    },
    [1],
  )

  story(
    'says nothing, half a hello or too many of them keeps nobody else from being answered',
    async (simulation) => {
      const { a } = await sceneWith(simulation)
      const network = simulation.outsider(eve)
      await simulation.run(15_000)
      const never = new AbortController().signal
      for (let i = 0; i < 8; i++) {
        const opened = await within(simulation, network.open(a.id, SYNC_PROTOCOL, never))
        if (opened?.ok === true && i % 2 === 1)
          await opened.value.write(encodeFrame(helloOf(new Uint8Array(16))).slice(0, 20), never)
      }
      const b = await simulation.enter(bob)
      await simulation.run(10_000)
      expect(await b.read()).toEqual(WORDS)
    },
    [1, 2],
  )
})

async function dialled(
  simulation: Simulation,
  network: ReturnType<Simulation['outsider']>,
  member: Member,
): Promise<void> {
  const [address = ''] = member.network.addresses().filter((each) => each.includes('webrtc'))
  await within(simulation, network.dial(address, new AbortController().signal))
}
