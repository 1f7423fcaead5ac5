import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { systemRuntime } from '../shared/runtime.ts'
import { readConfig } from './config.ts'
import { type IceServers, iceServers } from './ice-servers.ts'

const NOW_S = 1_700_000_000
const SECRET = 'between us two'

function told(values: Record<string, string>, stunPort: number | 'off' = 3_478): IceServers {
  const configured = readConfig(values, '/somewhere')
  if (!configured.ok) throw new Error(configured.complaints.join(' '))
  const runtime = systemRuntime()
  const clock = { ...runtime.clock, now: () => NOW_S * 1_000 + 999 }
  return iceServers(stunPort, configured.config, { ...runtime, clock })
}

test('without TURN there are no credentials, and nothing ends', () => {
  expect(told({})).toEqual({ iceServers: [{ urls: ['stun:0.0.0.0:3478'] }] })
  expect(told({}, 'off')).toEqual({ iceServers: [] })
})

test('TURN credentials end in two hours and are what a server with the secret computes', () => {
  const urls = ['turn:turn.example:3478?transport=udp', 'turns:turn.example:443']
  const { iceServers: servers, iceSeconds } = told({
    TURN_URL: urls.join(', '),
    TURN_SECRET: SECRET,
  })
  expect(iceSeconds).toBe(7_200)
  const [stun, turn] = servers
  expect([stun?.urls, turn?.urls]).toEqual([['stun:0.0.0.0:3478'], urls])
  // coturn, use-auth-secret: "usercombo -> timestamp:userid", "base64(HMAC-SHA1(secret, usercombo))".
  const [ends, user] = (turn?.username ?? '').split(':')
  expect(Number(ends)).toBe(NOW_S + 7_200)
  expect(user).toMatch(/^[\w-]{11}$/)
  expect(turn?.credential).toBe(
    createHmac('sha1', SECRET).update(`${ends}:${user}`).digest().toString('base64'),
  )
})

test('every page is a user of its own', () => {
  const values = { TURN_URL: 'turn:turn.example', TURN_SECRET: SECRET }
  const names = [told(values), told(values)].map(({ iceServers: [, turn] }) => turn?.username)
  expect(names[0]).not.toBe(names[1])
})
