import type { Page } from '@playwright/test'
import { expect, test } from './test.ts'

/** What of a direct link this page has made, sent or taken. */
interface Offers {
  made: number
  described: number
}

/** Counts in the page, before the program can make any. */
function countOffers(): void {
  const offers: Offers = { made: 0, described: 0 }
  const counted = window as unknown as { offers: Offers }
  counted.offers = offers
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      offers.made++
      this.addEventListener('signalingstatechange', () => {
        if (this.remoteDescription !== null) offers.described++
      })
    }
  }
}

function offersOf(page: Page): Promise<Offers> {
  return page.evaluate(() => (window as unknown as { offers: Offers }).offers)
}

test('relay-only hides the address from the room, also over a reload, and ends when told to', async ({
  someone,
}) => {
  const alice = await someone({ script: countOffers })
  await alice.isLive(0)
  await alice.say('/relay only')
  await expect(alice.answer('Relay-only mode: nobody in the room sees')).toBeVisible()
  const bob = await someone({ script: countOffers })
  await expect(alice.pill).toHaveText('Relay only · 1')
  await expect(bob.pill).toHaveText('Relay only · 1')
  await alice.say('from behind the curtain')
  await bob.sees('from behind the curtain')
  await bob.say('heard you')
  await alice.sees('heard you')

  await alice.page.reload()
  await expect(alice.pill).toHaveText('Relay only · 1')
  await alice.say('still there')
  await bob.sees('still there')
  await alice.say('/conn')
  const conn = alice.answer('Your Peer ID')
  await expect(conn).toContainText('Relay-only mode')
  await expect(conn).toContainText('/p2p-circuit')
  // A relay-node may be reached by /webrtc-direct; /webrtc is an offer of a direct link.
  await expect(conn).not.toContainText('/webrtc/')
  await bob.say('/conn')
  await expect(bob.answer('Your Peer ID')).not.toContainText('WebRTC')

  // Long enough for either side to have tried: the lower id at once, the other after five seconds.
  await alice.page.waitForTimeout(8_000)
  expect(await offersOf(alice.page)).toEqual({ made: 0, described: 0 })
  // No answer of hers has come to him, so no address of hers either.
  expect((await offersOf(bob.page)).described).toBe(0)
  await expect(alice.pill).toHaveText('Relay only · 1')

  await alice.say('/relay auto')
  await expect(alice.answer('Mode: auto')).toBeVisible()
  await Promise.all([alice.isLive(1), bob.isLive(1)])

  // The link that stands shows her address, so it goes too.
  await alice.say('/relay only')
  await expect(alice.pill).toHaveText('Relay only · 1')
  await expect(bob.pill).toHaveText('Relay only · 1')
  await alice.say('hidden again')
  // He reads the beginning of what /conn answered.
  await expect(bob.message('hidden again')).toHaveCount(1)
})

test('under /verbose, a direct link and the way of a message are told', async ({ someone }) => {
  const alice = await someone()
  await alice.isLive(0)
  await alice.say('/verbose')
  await someone()
  await alice.isLive(1)
  await expect(alice.answer(/is reached directly now \(WebRTC/)).toHaveCount(1)
  await alice.say('where do you go?')
  await expect(alice.answer('“where do you go?”: signed, and kept on this device')).toHaveCount(1)
  await expect(
    alice.answer(/“where do you go\?”: handed to 2 peers at once after \d+ ms/),
  ).toHaveCount(1)
  await expect(
    alice.answer(/“where do you go\?”: somebody else says that it is on their disk/),
  ).toHaveCount(1)
})
