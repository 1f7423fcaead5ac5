import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toBase64url, utf8 } from './bytes.ts'
import { Entry, shortId } from './entry.ts'
import { verify } from './identity.ts'
import type { EntryId } from './ids.ts'
import { LINE_MAX_BYTES } from './limits.ts'
import { encodePassing } from './line.ts'
import { encodeProof, signedFields } from './pubsub-proof.ts'
import { type Judged, bytesOf, judge } from './testing/judge.ts'
import {
  NEW_YEAR,
  alice,
  bob,
  carol,
  entry,
  eve,
  goEntry,
  goProof,
  lineOf,
  lobby,
  must,
  roomNamed,
} from './testing/people.ts'
import { goodLines, goodProofs } from './testing/specimens.ts'
import vectors from './testing/vectors.json' with { type: 'json' }

describe('the vectors of PROTOCOL.md', () => {
  test.each(vectors.people.map((each) => [each.name, each] as const))('%s', (name, expected) => {
    const person = { alice, bob, carol, eve }[name]
    expect(person?.peerId).toBe(expected.peerId)
  })

  test.each(vectors.rooms.map((each) => [each.name, each] as const))(
    'the room %s',
    async (name, expected) => {
      expect(await roomNamed(name)).toMatchObject(expected)
    },
  )

  const entries: readonly Judged[] = [...vectors.lines, ...vectors.proofs]
  test.each(entries.map((each) => [each.name, each] as const))('%s', async (_, vector) => {
    expect(await judge(vector)).toEqual(vector)
  })

  test('a chain: each names the one before', async () => {
    const [one, two, three] = await Promise.all(
      vectors.lines.slice(0, 3).map(async (v) => must(await Entry.open(1, bytesOf(v)))),
    )
    expect(two?.head?.prev).toBe(shortId(one?.id ?? ('' as EntryId)))
    expect(three?.head?.prev).toBe(shortId(two?.id ?? ('' as EntryId)))
  })

  test('an id covers exactly what was signed, said in other words', async () => {
    const [line] = vectors.lines
    const unsigned = (line?.line ?? '').replace(/,"sig":"[^"]+"\}$/, '}')
    const digest = await crypto.subtle.digest('SHA-256', utf8(`p2p-chat/entry/1\n${unsigned}`))
    expect(line?.id).toBe(toBase64url(new Uint8Array(digest)))
  })

  test('what pubsub signs, and the join', async () => {
    const proof = await goProof(bob, {
      content: 'Hello from Go',
      seqno: 1_735_689_600_123_456_789n,
    })
    expect(toBase64url(signedFields(proof))).toBe(vectors.signedFields.bytes)
    expect(
      new TextDecoder().decode(encodePassing('join', 'alice', NEW_YEAR / 1_000_000, alice.peerId)),
    ).toBe(vectors.join)
  })
})

describe('an entry', () => {
  test('cannot be made without its bytes being checked, nor copied', async () => {
    const good = await entry(alice, { content: 'Hello' })
    expect(() => new Entry({} as never, Symbol('mint') as never)).toThrow()
    const copy = { ...good } as unknown as Entry
    expect(copy.id).toBeUndefined()
    expect(() => Reflect.get(Entry.prototype, 'content', copy)).toThrow(TypeError)
  })

  test('does not change when the bytes that were handed in do', async () => {
    const bytes = (await entry(alice, { content: 'Hello' })).bytes.slice()
    const opened = must(await Entry.open(1, bytes))
    bytes.fill(0)
    expect((await Entry.open(1, opened.bytes)).ok).toBe(true)
  })

  test('no single changed byte passes, in either form', async () => {
    const [line] = await goodLines()
    const [proof] = await goodProofs()
    for (const [form, good] of [
      [1, line?.[1]],
      [2, proof?.[1]],
    ] as const) {
      if (good === undefined) throw new Error('no specimen')
      await fc.assert(
        fc.asyncProperty(
          fc.nat(good.length - 1),
          fc.integer({ min: 1, max: 255 }),
          async (at, flip) => {
            const bad = good.slice()
            bad[at] = (bad[at] ?? 0) ^ flip
            expect((await Entry.open(form, bad)).ok).toBe(false)
          },
        ),
        { numRuns: 300 },
      )
    }
  })

  test('any content and name that is written is read back the same', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 50 })
    await fc.assert(
      fc.asyncProperty(
        text,
        text.filter((name) => name !== ''),
        fc.integer({ min: 1_000_000, max: 9e15 }),
        async (content, username, clock) => {
          const written = await entry(carol, { content, username, clock })
          const opened = must(await Entry.open(1, written.bytes))
          expect([opened.content, opened.username, opened.clock]).toEqual([
            content,
            username,
            clock,
          ])
          expect(opened.position).toEqual(written.position)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('of the Go system has a place that is a function of its proof alone', async () => {
    const said = await goEntry(bob, {
      content: 'x',
      timestamp: 1_700_000_000,
      seqno: 18_446_744_073_709_551_615n,
    })
    expect(said.clock).toBe(1_700_000_000_000_000 + 551_615)
    expect([said.form, said.kind, said.head, said.room]).toEqual([2, 'text', undefined, lobby.id])
  })

  test('is refused at 16 KiB and one byte, taken at 16 KiB', async () => {
    const empty = (await entry(alice, { content: 'x', body: { x: '' } })).bytes.length
    const filler = (more: number): string => 'x'.repeat(LINE_MAX_BYTES - empty + more)
    const longest = await Entry.write(
      lineOf(alice, { content: 'x', body: { x: filler(0) } }),
      alice.identity,
    )
    expect(must(longest).bytes.length).toBe(LINE_MAX_BYTES)
    const longer = await Entry.write(
      lineOf(alice, { content: 'x', body: { x: filler(1) } }),
      alice.identity,
    )
    expect(longer).toMatchObject({
      ok: false,
      failure: { kind: 'too-large', actual: LINE_MAX_BYTES + 1, unit: 'bytes' },
    })
  })

  test('is restored by its id, and not by another', async () => {
    const one = await entry(alice, { content: 'one' })
    const two = await goEntry(bob, { content: 'two' })
    expect(must(await Entry.restore(1, one.bytes, one.id)).position).toEqual(one.position)
    expect(must(await Entry.restore(2, two.bytes, two.id)).position).toEqual(two.position)
    expect((await Entry.restore(1, one.bytes, two.id)).ok).toBe(false)
    expect((await Entry.restore(2, one.bytes, one.id)).ok).toBe(false)
  })

  test('under a signature that pubsub would refuse proves nothing', async () => {
    const proof = await goProof(bob, { content: 'x' })
    expect(await verify(bob.peerId, proof.signature, signedFields(proof))).toBe(false)
    const bare = { ...proof, signature: await bob.identity.sign(signedFields(proof)) }
    expect(await Entry.open(2, encodeProof(bare))).toEqual({
      ok: false,
      failure: { kind: 'bad-signature' },
    })
  })
})
