import { expect, onTestFinished, test } from 'vitest'
import { systemRuntime } from '../shared/runtime.ts'
import { VirtualClock } from '../shared/testing/virtual-time.ts'
import { type Bootstrap, parseBootstrap } from './bootstrap.ts'
import { IceServers } from './ice-servers.ts'

const STUN = { urls: ['stun:0.0.0.0:3478'] }
const MINUTE_MS = 60_000
const START = 1_700_000_000_000

function bootstrapWith(values: object, heardAt = START): Bootstrap {
  const parsed = parseBootstrap(
    {
      version: '0.1.0',
      peerId: '12D3KooWHFNHq23qGJtUXjCjbqwEJCVoRDzEAyqXX8rQqLNMQeD9',
      multiaddrs: [],
      topic: 'tea',
      ...values,
    },
    heardAt,
  )
  if (!parsed.ok) throw new Error('not a bootstrap')
  return parsed.value
}

/** Heard so many minutes after the start. */
function withTurn(username: string, minutes = 0): Bootstrap {
  const turn = { urls: 'turn:turn.example', username, credential: 'word' }
  return bootstrapWith({ iceServers: [STUN, turn], iceSeconds: 7_200 }, START + minutes * MINUTE_MS)
}

/** @param answers what the relay-node says to each further question */
function started(
  bootstrap: Promise<Bootstrap>,
  answers: (Bootstrap | undefined)[] = [],
): { readonly clock: VirtualClock; readonly servers: IceServers; readonly asked: () => number } {
  const clock = new VirtualClock(START)
  let asked = 0
  const servers = new IceServers({
    runtime: { ...systemRuntime(), clock },
    bootstrap,
    hostname: 'chat.example',
    askAgain: () => {
      asked++
      return Promise.resolve(answers.shift())
    },
  })
  servers.start()
  onTestFinished(() => {
    servers.stop()
  })
  return { clock, servers, asked: () => asked }
}

const usersOf = (servers: readonly RTCIceServer[]): unknown[] =>
  servers.map(({ username }) => username)

test('the host of the page stands in for 0.0.0.0', async () => {
  const { servers } = started(Promise.resolve(bootstrapWith({ iceServers: [STUN] })))
  expect(await servers.current()).toEqual([{ urls: ['stun:chat.example:3478'] }])
})

test('a relay-node that does not answer is waited for two seconds, and asked for later', async () => {
  let answer: (bootstrap: Bootstrap) => void = () => undefined
  const { clock, servers } = started(
    new Promise((resolve) => {
      answer = resolve
    }),
  )
  const first = servers.current()
  await clock.run(2_000)
  expect(await first).toEqual([])
  answer(bootstrapWith({ iceServers: [STUN] }))
  expect(await servers.current()).toHaveLength(1)
})

test('a page without a relay-node asks nobody', async () => {
  const { servers } = started(Promise.reject(new Error('no relay')))
  expect(await servers.current()).toEqual([])
})

test('credentials are renewed at half of their time, and again', async () => {
  const { clock, servers, asked } = started(Promise.resolve(withTurn('first')), [
    withTurn('second', 60),
    withTurn('third', 120),
  ])
  await clock.run(59 * MINUTE_MS)
  expect([asked(), usersOf(await servers.current())]).toEqual([0, [undefined, 'first']])
  await clock.run(2 * MINUTE_MS)
  expect([asked(), usersOf(await servers.current())]).toEqual([1, [undefined, 'second']])
  await clock.run(60 * MINUTE_MS)
  expect([asked(), usersOf(await servers.current())]).toEqual([2, [undefined, 'third']])
})

test('while nobody answers the old ones are used to their end, and asked for every minute', async () => {
  const silence = Array<undefined>(61).fill(undefined)
  const { clock, servers, asked } = started(Promise.resolve(withTurn('first')), [
    ...silence,
    withTurn('second', 120),
  ])
  await clock.run(119 * MINUTE_MS)
  expect(usersOf(await servers.current())).toEqual([undefined, 'first'])
  expect(asked()).toBe(60)
  await clock.run(MINUTE_MS)
  expect(usersOf(await servers.current())).toEqual([undefined, 'second'])
})

test('what has ended is not used, and STUN still is', async () => {
  const { clock, servers } = started(Promise.resolve(withTurn('first')))
  await clock.run(121 * MINUTE_MS)
  expect(usersOf(await servers.current())).toEqual([undefined])
})

test('a page that comes back after hours does not begin with what has ended', async () => {
  const { servers, asked } = started(Promise.resolve(withTurn('first', -180)), [withTurn('second')])
  expect([usersOf(await servers.current()), asked()]).toEqual([[undefined, 'second'], 1])
})

test('once stopped it asks no more', async () => {
  const { clock, servers, asked } = started(Promise.resolve(withTurn('first')))
  await clock.run(MINUTE_MS)
  servers.stop()
  await clock.run(200 * MINUTE_MS)
  expect(asked()).toBe(0)
})
