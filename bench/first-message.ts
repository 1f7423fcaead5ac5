/**
 * From navigation to a working chat, over fresh joins on loopback, and from Enter to the other
 * screen, beside a bare data channel in the same browser and run. Prints JSON; times in ms.
 * Read ratios: a busy machine stretches all of them alike.
 */
import process from 'node:process'
import { type Browser, type Page, chromium } from '@playwright/test'
import { CHROMIUM_ARGS } from '../e2e/chromium.ts'
import { Person } from '../e2e/person.ts'
import { RelayNode } from '../e2e/relay.ts'
import { spreadOf } from './lib/spread.ts'

const JOINS = Number(process.env['JOINS'] ?? 20)
const MESSAGES = 50

/** Runs in the page, before anything of it: notes when things first stand on the screen. */
function watch(): void {
  const marks: Record<string, number> = {}
  Object.assign(globalThis, { marks })
  const note = (name: string, there: boolean): void => {
    if (there) marks[name] ??= performance.now()
  }
  new MutationObserver(() => {
    const pill = document.querySelector('[role=status][aria-label=Connection]')?.textContent ?? ''
    note('composer', document.querySelector('#composer') !== null)
    note('connected', /Live|Relay only/.test(pill))
    note('direct', /Live · [1-9]/.test(pill))
    note(
      'firstMessage',
      (document.querySelector('[role=log]')?.textContent ?? '').includes('first words'),
    )
  }).observe(document, { childList: true, subtree: true, characterData: true })
}

async function marksOf(page: Page): Promise<Readonly<Record<string, number>>> {
  await page.waitForFunction(() => {
    const { marks } = globalThis as unknown as { marks: Record<string, number> }
    return marks['direct'] !== undefined && marks['firstMessage'] !== undefined
  })
  return page.evaluate(() => (globalThis as unknown as { marks: Record<string, number> }).marks)
}

async function joinOnce(
  browser: Browser,
  relay: RelayNode,
  round: number,
): Promise<Readonly<Record<string, number>>> {
  const path = `/#/r/bench-${round}`
  const host = await Person.open(browser, relay.url, { path })
  await host.isLive(0)
  await host.say('first words')
  const context = await browser.newContext()
  await context.addInitScript(watch)
  const page = await context.newPage()
  await page.goto(relay.url + path)
  const cold = await marksOf(page)
  await page.reload()
  await page.waitForFunction(
    () =>
      (globalThis as unknown as { marks: Record<string, number> }).marks['composer'] !== undefined,
  )
  const warm = await page.evaluate(
    () => (globalThis as unknown as { marks: Record<string, number> }).marks,
  )
  await context.close()
  await host.close()
  return { ...cold, warmComposer: warm['composer'] ?? NaN }
}

/** Time from the keydown of Enter in one page to `selector` holding the text in the other. */
async function enterToShown(
  from: Page,
  to: Page,
  target: string,
  count: number,
): Promise<readonly number[]> {
  await to.evaluate((selector) => {
    const seen: Record<string, number> = {}
    Object.assign(globalThis, { seen })
    const root = document.querySelector(selector) ?? document.body
    new MutationObserver(() => {
      for (const text of root.textContent.matchAll(/tick-(\d+)-/g)) {
        seen[text[1] ?? ''] ??= performance.timeOrigin + performance.now()
      }
    }).observe(root, { childList: true, subtree: true, characterData: true })
  }, target)
  await from.evaluate(() => {
    const sent: Record<string, number> = {}
    Object.assign(globalThis, { sent })
    addEventListener(
      'keydown',
      (event) => {
        const text = (event.target as HTMLTextAreaElement).value
        const tick = /tick-(\d+)-/.exec(text)?.[1]
        if (event.key === 'Enter' && tick !== undefined)
          sent[tick] = performance.timeOrigin + performance.now()
      },
      { capture: true },
    )
  })
  for (let i = 0; i < count; i++) {
    await from.locator('textarea:not([readonly])').fill(`tick-${i}-`)
    await from.locator('textarea:not([readonly])').press('Enter')
    await to.waitForFunction(
      (tick) =>
        (globalThis as unknown as { seen: Record<string, number> }).seen[tick] !== undefined,
      String(i),
    )
    // Like a person: a burst would measure the queue.
    await from.waitForTimeout(120)
  }
  const sent = await from.evaluate(
    () => (globalThis as unknown as { sent: Record<string, number> }).sent,
  )
  const seen = await to.evaluate(
    () => (globalThis as unknown as { seen: Record<string, number> }).seen,
  )
  return Object.keys(sent).map((tick) => (seen[tick] ?? NaN) - (sent[tick] ?? NaN))
}

async function chatTimes(browser: Browser, relay: RelayNode): Promise<readonly number[]> {
  const alice = await Person.open(browser, relay.url, { path: '/#/r/enter' })
  const bob = await Person.open(browser, relay.url, { path: '/#/r/enter' })
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  const times = await enterToShown(alice.page, bob.page, '[role=log]', MESSAGES)
  await alice.close()
  await bob.close()
  return times
}

/** The floor: a textarea, a data channel, a div. */
async function bareTimes(browser: Browser, relay: RelayNode): Promise<readonly number[]> {
  const pages = await Promise.all([0, 1].map(async () => (await browser.newContext()).newPage()))
  const [from, to] = pages
  if (from === undefined || to === undefined) throw new Error('no pages')
  // Any page of a secure context does; the relay's health is the smallest.
  for (const page of pages) await page.goto(`${relay.url}/health`)
  for (const page of pages) {
    await page.evaluate(() => {
      document.body.replaceChildren(
        document.createElement('textarea'),
        document.createElement('main'),
      )
      const connection = new RTCPeerConnection()
      const channel = connection.createDataChannel('bare', { negotiated: true, id: 0 })
      const gathered = new Promise<void>((resolve) => {
        connection.onicecandidate = ({ candidate }) => {
          if (candidate === null) resolve()
        }
      })
      channel.onmessage = ({ data }: MessageEvent<string>) => {
        document.querySelector('main')?.append(data)
      }
      document.querySelector('textarea')?.addEventListener('keydown', (event) => {
        if (event.key === 'Enter') channel.send((event.target as HTMLTextAreaElement).value)
      })
      Object.assign(globalThis, { connection, channel, gathered })
    })
  }
  interface Bare {
    connection: RTCPeerConnection
    channel: RTCDataChannel
    gathered: Promise<void>
  }
  const offer = await from.evaluate(async () => {
    const { connection, gathered } = globalThis as unknown as Bare
    await connection.setLocalDescription()
    await gathered
    return connection.localDescription?.sdp ?? ''
  })
  const answer = await to.evaluate(async (sdp) => {
    const { connection, gathered } = globalThis as unknown as Bare
    await connection.setRemoteDescription({ type: 'offer', sdp })
    await connection.setLocalDescription()
    await gathered
    return connection.localDescription?.sdp ?? ''
  }, offer)
  await from.evaluate(async (sdp) => {
    await (globalThis as unknown as Bare).connection.setRemoteDescription({ type: 'answer', sdp })
  }, answer)
  await from.waitForFunction(() => (globalThis as unknown as Bare).channel.readyState === 'open')
  const times = await enterToShown(from, to, 'main', MESSAGES)
  for (const page of pages) await page.context().close()
  return times
}

const executablePath = process.env['CHROMIUM_PATH']
const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  chromiumSandbox: process.getuid?.() !== 0,
  args: [...CHROMIUM_ARGS],
})
const relay = await RelayNode.start()
try {
  const joins: Readonly<Record<string, number>>[] = []
  for (let round = 0; round < JOINS; round++) joins.push(await joinOnce(browser, relay, round))
  const times = (name: string): ReturnType<typeof spreadOf> =>
    spreadOf(joins.map((join) => join[name] ?? NaN))
  const bare = spreadOf(await bareTimes(browser, relay))
  const chat = spreadOf(await chatTimes(browser, relay))
  const report = {
    fromNavigation: {
      composerCold: times('composer'),
      composerWarm: times('warmComposer'),
      connected: times('connected'),
      firstMessageSeen: times('firstMessage'),
      firstDirectLink: times('direct'),
    },
    enterToShown: {
      chat,
      bareDataChannel: bare,
      ratioP50: Math.round((chat.p50 / bare.p50) * 100) / 100,
    },
  }
  console.log(JSON.stringify(report, null, 2))
} finally {
  await browser.close()
  await relay.stop()
}
