import config from '../playwright.config.ts'
import { expect, test } from './test.ts'

const { launchOptions } = config.use ?? {}
/** As an administrator sets it: WebRTC only through a proxy, and there is none. */
const NO_UDP = '--webrtc-ip-handling-policy=disable_non_proxied_udp'

test.use({
  launchOptions: { ...launchOptions, args: [...(launchOptions?.args ?? []), NO_UDP] },
})

test('browsers without UDP talk through the relay, and the doctor says what is wrong', async ({
  someone,
}) => {
  const [alice, bob] = [await someone(), await someone()]
  await expect(alice.pill).toHaveText('Relay only · 1')
  await expect(bob.pill).toHaveText('Relay only · 1')
  await alice.say('no packets of our own')
  await bob.sees('no packets of our own')
  await alice.say('/doctor')
  const answer = alice.answer(/HTTP at /)
  await expect(answer).toHaveCount(1, { timeout: 20_000 })
  await expect(answer).toContainText('✗ UDP is blocked: no STUN server answered.')
  await expect(answer).toContainText('✗ STUN: 0 of 1 server answered')
  await expect(answer).not.toContainText('seen from outside')
})
