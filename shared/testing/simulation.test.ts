import { describe, expect } from 'vitest'
import { utf8 } from '../bytes.ts'
import type { FramedStream, StreamProtocol } from '../network.ts'
import { alice, bob, must } from './people.ts'
import type { Simulation } from './simulation.ts'
import type { SimulatedNetwork } from './simulated-network.ts'
import { story } from './story.ts'

const ECHO: StreamProtocol = { name: '/echo/1', maxFrame: 100, maxInbound: 2 }
const never = new AbortController().signal

async function linked(
  simulation: Simulation,
): Promise<readonly [SimulatedNetwork, SimulatedNetwork]> {
  await simulation.relay()
  const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
  await simulation.run(5_000)
  return [a.network, b.network]
}

/** What a promise came to, once time has passed. */
async function after<T>(
  simulation: Simulation,
  work: Promise<T>,
  ms = 1_000,
): Promise<T | 'pending'> {
  let outcome: T | 'pending' = 'pending'
  void work.then((value) => (outcome = value))
  await simulation.run(ms)
  return outcome
}

async function openedIn(simulation: Simulation, network: SimulatedNetwork): Promise<FramedStream> {
  const opened = await after(simulation, network.open(bob.peerId, ECHO, never))
  if (opened === 'pending') throw new Error('did not open')
  return must(opened)
}

async function echo(stream: FramedStream): Promise<void> {
  for (;;) {
    const frame = await stream.read(never)
    if (!frame.ok || frame.value === undefined) break
    await stream.write(frame.value, never)
  }
  await stream.close()
}

describe('streams of the simulation', () => {
  story('carry frames in order, and end', async (simulation) => {
    const [a, b] = await linked(simulation)
    b.serve(ECHO, echo)
    const stream = await openedIn(simulation, a)
    for (const word of ['one', 'two', 'three']) must(await stream.write(utf8(word), never))
    await stream.close()
    const heard: string[] = []
    void (async () => {
      for (
        let frame = must(await stream.read(never));
        frame !== undefined;
        frame = must(await stream.read(never))
      ) {
        heard.push(new TextDecoder().decode(frame))
      }
      heard.push('end')
    })()
    expect(heard).toEqual([])
    await simulation.run(1_000)
    expect(heard).toEqual(['one', 'two', 'three', 'end'])
  })

  story(
    'are cut with the power, by a frame over the limit, or when given up',
    async (simulation) => {
      const [a, b] = await linked(simulation)
      b.serve(ECHO, echo)
      const [first, second] = [await openedIn(simulation, a), await openedIn(simulation, a)]
      expect(await after(simulation, a.open(bob.peerId, ECHO, never))).toMatchObject({ ok: false })
      await first.write(utf8('x'.repeat(101)), never)
      expect(await after(simulation, first.read(never))).toMatchObject({ ok: false })
      expect(await after(simulation, second.read(never))).toBe('pending')
      const patience = new AbortController()
      simulation.clock.after(100, () => {
        patience.abort()
      })
      expect(await after(simulation, second.read(patience.signal))).toMatchObject({ ok: false })
      const reading = second.read(never)
      b.vanish()
      expect(await after(simulation, reading, 5_000)).toMatchObject({ ok: false })
      expect(await after(simulation, a.open(bob.peerId, ECHO, never))).toMatchObject({ ok: false })
    },
    [1],
  )
})
