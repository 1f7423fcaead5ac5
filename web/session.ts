import type { Stop } from '../shared/changes.ts'
import { Chat } from '../shared/chat.ts'
import type { DhtSnapshot } from '../shared/diagnostics.ts'
import type { Measurements } from '../shared/doctor.ts'
import { hintsOf } from '../shared/hints.ts'
import type { LateDht } from '../shared/libp2p/late-dht.ts'
import { CLOCK_TOLERANCE_MS } from '../shared/limits.ts'
import { type KnownRelay, standingOf } from '../shared/relay-word.ts'
import type { Lost } from '../shared/history.ts'
import type { Runtime } from '../shared/runtime.ts'
// Not loaded when it is asked for: it is wanted most when the place to load it from is down.
import { examine } from './doctor.ts'
import type { IceServer } from '../shared/bootstrap.ts'
import type { BrowserNode, startBrowserNode } from './node.ts'
import { BrowserNotices } from './notices.ts'
import { isLoopback } from '../shared/origin.ts'
import type { RelayNews } from '../shared/relay-news.ts'
import type { App } from './state/app.svelte.ts'
import { Attention } from './state/attention.svelte.ts'
import { type World, openWorld } from './world.ts'

export interface SessionOptions {
  readonly app: App
  readonly runtime: Runtime
  readonly news: RelayNews
  /** The network's code, on its way since the page was opened. */
  readonly network: Promise<{ readonly startBrowserNode: typeof startBrowserNode }>
}

/** The DHT is for finding strangers, later: what is on the screen comes first. */
const DHT_AFTER_MS = 5_000

/** One run of the chat in this tab: from opening the store to having said goodbye. */
export class Session {
  readonly #options: SessionOptions
  #chat: Chat | undefined
  #node: BrowserNode | undefined
  #world: World | undefined
  #dht: Promise<LateDht | undefined> | undefined
  #started: Promise<void> | undefined
  readonly #stops: Stop[] = []
  #stopped = false
  /** What was told of the device's clock last: clocks drift, and the same trouble is told in the same words. */
  #clock: { readonly offset: number; readonly disputed: number } | undefined

  constructor(options: SessionOptions) {
    this.#options = options
  }

  start(): void {
    this.#started ??= this.#start()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const stop of this.#stops.splice(0)) stop()
    await this.#started
    await this.#chat?.stop()
    await this.#node?.stop()
    await this.#world?.history.close()
    this.#world?.settings.close()
  }

  /** The network may be back. */
  nudge(): void {
    this.#options.news.nudge()
    this.#node?.nudge()
    // After a sleep the clock may be another.
    this.#chat?.time.now()
    this.#chat?.nudge()
  }

  /** Somebody is reachable through a relay-node now, whichever it is. */
  get relayed(): boolean {
    return this.#node?.network.links().some((link) => link.relay) ?? false
  }

  get relays(): readonly KnownRelay[] {
    return this.#node?.relays ?? []
  }

  /** See `Device.hints`. */
  hints(room: string): readonly string[] {
    const topic = this.#chat?.room(room)?.key.topic
    const holders = topic === undefined ? [] : (this.#node?.network.subscribers(topic) ?? [])
    return hintsOf(location.origin, this.relays, holders)
  }

  /** Nothing while the DHT is not up. */
  async lookUp(room: string, signal: AbortSignal): Promise<DhtSnapshot | undefined> {
    return (await this.#dht)?.lookUp(room, this.#options.runtime.clock, signal)
  }

  /** Tests the network as it is now. */
  examine(signal: AbortSignal): Promise<Measurements> {
    const { app, runtime } = this.#options
    const relays = (): Measurements['relays'] => standingOf(this.relays)
    const hidden = this.#chat?.relayMode === 'only'
    const { version } = app.options
    const otherStun = (): readonly IceServer[] => this.#node?.otherStun ?? []
    const direct = (): number =>
      this.#node?.network.links().filter(({ relay, path }) => !relay && path === 'direct').length ??
      0
    const { origin } = location
    const correctedMs = (): number => this.#chat?.time.offset ?? 0
    return examine(
      { origin, version, runtime, relays, correctedMs, direct, otherStun, hidden },
      signal,
    )
  }

  /** An invite names relay-nodes. */
  learn(relays: readonly string[]): void {
    this.#node?.learn(relays)
  }

  sayGone(): void {
    this.#world?.rest(true)
    this.#chat?.sayGone()
  }

  /** The page was frozen and shown again: others have been told that I am gone. */
  comeBack(): void {
    this.#world?.rest(false)
    this.nudge()
    for (const room of this.#chat?.rooms ?? []) room.presence.hurry()
  }

  async #start(): Promise<void> {
    const { app, runtime } = this.#options
    const { guest } = app.options
    if (!isSecureContext) {
      app.beMute('insecure', ({ insecure }) => insecure)
      void this.#findSecure()
      return
    }
    let world: World | 'newer'
    try {
      world = await openWorld(guest, runtime)
    } catch (error) {
      const tooOld = error instanceof DOMException && error.name === 'NotSupportedError'
      if (tooOld) app.beMute('too-old', (says) => says.tooOld)
      else this.#cannotOpen(error)
      return
    }
    if (world === 'newer') {
      app.beMute('newer', ({ newer }) => newer)
      return
    }
    this.#world = world
    const { forgetful } = world
    if (forgetful !== undefined) app.troubles.set('forgetful', (says) => says.forgetful[forgetful])
    if (world.emptied) app.troubles.set('taken-away', ({ emptied }) => emptied)
    if (world.keyless) app.troubles.set('taken-away', ({ keyless }) => keyless)
    if (typeof RTCPeerConnection === 'undefined')
      app.troubles.set('no-webrtc', (says) => says.noWebRtc)
    world.history.lost.subscribe((lost) => {
      this.#heedLoss(lost, world)
    })
    const chat = new Chat({ ...world, runtime })
    this.#chat = chat
    void this.#connect(chat, world)
    // Nothing is kept here: no draft either.
    if (world.forgetful !== undefined) app.drafts.detach()
    try {
      await chat.start()
    } catch (error) {
      this.#cannotOpen(error)
      return
    }
    if (!this.#stopped) app.begin(chat, this.#attention())
  }

  #attention(): Attention {
    const { app, runtime } = this.#options
    const { guest, acts } = app.options
    const notices = new BrowserNotices(guest, runtime.log)
    const { isVisible, onsaid } = acts
    return new Attention({ clock: runtime.clock, text: () => app.text, notices, isVisible, onsaid })
  }

  /** The page goes on with what it has in memory, and gives it to the disk again. */
  #heedLoss(lost: Lost, { history, settings }: World): void {
    const { app, runtime } = this.#options
    if (lost.kind === 'newer-version') app.troubles.set('outdated', ({ outdated }) => outdated)
    if (lost.kind !== 'taken-away') return
    app.troubles.set('taken-away', ({ takenAway }) => takenAway)
    app.drafts.save()
    const held = app.rooms.all.flatMap(({ timeline }) => timeline.held)
    // Read, so that the settings notice it too, and write the key pair again.
    const written = Promise.all([history.add(held), settings.get('keys')])
    written.catch((error: unknown) => {
      runtime.log('session: not written again', { why: String(error) })
    })
  }

  /** The relay-node may serve the same page by https, too. */
  async #findSecure(): Promise<void> {
    const { app, news } = this.#options
    const { httpsPort } = await news.bootstrap
    if (httpsPort === undefined || this.#stopped) return
    app.secureOrigin = `https://${location.hostname}:${httpsPort}`
    app.beMute('insecure', ({ insecureBut }) => insecureBut)
  }

  async #connect(chat: Chat, { keys, settings }: World): Promise<void> {
    const { app, runtime, news, network } = this.#options
    const { version } = app.options
    this.#stops.push(
      chat.time.changes.subscribe(() => {
        this.#tellTime(chat)
      }),
      news.tellTime(chat.time, isLoopback(location.hostname)),
    )
    try {
      const [{ startBrowserNode }, mode, remembered] = await Promise.all([
        network,
        settings.get('relayMode'),
        settings.get('relays'),
      ])
      if (this.#stopped) return
      const pageOrigin = location.origin
      const { route } = app
      const invited = route.kind === 'room' ? (route.relays ?? []) : []
      const node = await startBrowserNode({
        keys,
        bootstrap: news.bootstrap,
        askAgain: () => news.askOnce(),
        relays: [...invited, ...(remembered ?? [])],
        remember: (relays) => {
          settings.set('relays', relays).catch((error: unknown) => {
            runtime.log('session: relays are not remembered', { error })
          })
        },
        hidden: mode === 'only',
        pageOrigin,
        version,
        runtime,
      })
      if (this.#stopped) {
        await node.stop()
        return
      }
      this.#node = node
      chat.attach(node.network)
      runtime.clock.after(DHT_AFTER_MS, () => {
        if (this.#stopped) return
        this.#dht = node.startDht().catch((error: unknown) => {
          runtime.log('session: no DHT', { error })
          return undefined
        })
      })
    } catch (error) {
      this.#cannotStart(error)
    }
  }

  #cannotStart(error: unknown): void {
    const what = messageOf(error)
    this.#options.app.troubles.set('no-node', ({ noNode }) => noNode(what))
  }

  #cannotOpen(error: unknown): void {
    const what = messageOf(error)
    this.#options.app.beMute('no-node', ({ noNode }) => noNode(what))
  }

  /** Only once it is known: until then nothing is dated otherwise than the device's clock says. */
  #tellTime(chat: Chat): void {
    const { app } = this.#options
    const { known, offset, disputed } = chat.time
    if (disputed === 0 && offset === 0) {
      // Nobody has told the time since the clock was set: it may be as wrong as before.
      if (known) app.settle('clock')
      else app.troubles.delete('clock')
      return
    }
    const before = this.#clock
    const isOther = before === undefined || (before.disputed === 0) !== (disputed === 0)
    const apart = isOther ? Infinity : Math.abs(before.offset + before.disputed - offset - disputed)
    const said = before !== undefined && apart <= CLOCK_TOLERANCE_MS ? before : { offset, disputed }
    this.#clock = said
    app.tell('clock', (says) =>
      said.disputed === 0 ? says.clock(said.offset) : says.clockDisputed(said.disputed),
    )
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
