import type { Person } from '../person.ts'
import { expect, test } from './test.ts'

async function talk(alice: Person, bob: Person, about: string): Promise<void> {
  await alice.say(`Hello Bob, ${about}`)
  await bob.sees(`Hello Bob, ${about}`)
  await bob.say(`Hello Alice, ${about}`)
  await alice.sees(`Hello Alice, ${about}`)
}

async function isRelayed(person: Person): Promise<void> {
  await expect(person.pill).toHaveText('Relay only · 1')
  await expect(person.people).toContainText('through the relay')
}

async function isDirect(person: Person): Promise<void> {
  await person.isLive(1)
  await expect(person.people).toContainText('direct')
}

test('cone and cone: direct, with nobody asked but our own STUN', async ({
  layLab,
  relayAt,
  at,
}) => {
  const lab = layLab('cone', 'cone')
  const relay = await relayAt(0)
  const [alice, bob] = [await at(lab, 'a', relay), await at(lab, 'b', relay)]
  await Promise.all([isDirect(alice), isDirect(bob)])
  await talk(alice, bob, 'straight through')
})

test('symmetric and symmetric: through the relay, and it says so', async ({
  layLab,
  relayAt,
  at,
}) => {
  const lab = layLab('symmetric', 'symmetric')
  const relay = await relayAt(0)
  const [alice, bob] = [await at(lab, 'a', relay), await at(lab, 'b', relay)]
  await Promise.all([isRelayed(alice), isRelayed(bob)])
  await talk(alice, bob, 'over there')
  await alice.say('/peers')
  await expect(alice.answer('through the relay')).toBeVisible()
})

test('UDP blocked: through the relay', async ({ layLab, relayAt, at }) => {
  const lab = layLab('no-udp', 'cone')
  const relay = await relayAt(0)
  const [alice, bob] = [await at(lab, 'a', relay), await at(lab, 'b', relay)]
  await Promise.all([isRelayed(alice), isRelayed(bob)])
  await talk(alice, bob, 'by TCP alone')
})

test('the relay is killed after the upgrade, and the chat goes on', async ({
  layLab,
  relayAt,
  at,
}) => {
  const lab = layLab('cone', 'cone')
  const relay = await relayAt(0)
  const [alice, bob] = [await at(lab, 'a', relay), await at(lab, 'b', relay)]
  await Promise.all([isDirect(alice), isDirect(bob)])
  await talk(alice, bob, 'with a relay')
  await relay.kill()
  await talk(alice, bob, 'without one')
  await Promise.all([isDirect(alice), isDirect(bob)])
})
