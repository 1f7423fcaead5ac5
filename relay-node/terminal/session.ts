import { Chat } from '../../shared/chat.ts'
import type { Device } from '../../shared/commands/command.ts'
import { hintsOf } from '../../shared/hints.ts'
import { IceServers } from '../../shared/ice-servers.ts'
import { Hiding } from '../../shared/libp2p/hiding.ts'
import { type LateDht, startLateDht } from '../../shared/libp2p/late-dht.ts'
import { Libp2pNetwork } from '../../shared/libp2p/network.ts'
import { OriginRelay } from '../../shared/libp2p/origin-relay.ts'
import { Quarantine } from '../../shared/libp2p/quarantine.ts'
import { Relays } from '../../shared/libp2p/relays.ts'
import { isLoopback } from '../../shared/origin.ts'
import { RelayNews } from '../../shared/relay-news.ts'
import { standingOf } from '../../shared/relay-word.ts'
import { linkTo } from '../../shared/route.ts'
import type { Runtime } from '../../shared/runtime.ts'
import { identityOver } from '../key-file.ts'
import type { Place } from './arguments.ts'
import { examine } from './examine.ts'
import { startPersonNode } from './person-node.ts'
import type { Profile } from './profile.ts'

export interface SessionOptions {
  readonly profile: Profile
  readonly folder: string
  readonly place: Omit<Place, 'room'>
  readonly version: string
  readonly runtime: Runtime
  /** Whether the place that was named answers, when that changes. */
  readonly onanswer: (answers: boolean) => void
}

/** A question that has no answer by now is asked again. */
const ANSWER_MS = 10_000
/** The DHT is for finding strangers, later. */
const DHT_AFTER_MS = 5_000

/** One run of the chat in a terminal: the core, and the network below it. */
export class TerminalSession {
  readonly chat: Chat
  readonly #options: SessionOptions
  readonly #stops: (() => void | Promise<void>)[] = []
  #relays: Relays | undefined
  #news: RelayNews | undefined
  #answers: boolean | undefined
  #dht: LateDht | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    const { profile, runtime } = options
    const { key, history, settings } = profile
    this.chat = new Chat({ identity: identityOver(key), history, settings, runtime })
  }

  /** Who I am, and my rooms: needs no network. */
  start(): Promise<void> {
    return this.chat.start()
  }

  async connect(): Promise<void> {
    const { profile, place, runtime, version } = this.#options
    const { origin } = place
    const mode = await profile.settings.get('relayMode')
    const remembered = (await profile.settings.get('relays')) ?? []
    const quarantine = new Quarantine(runtime)
    const hiding = new Hiding(mode === 'only', (address) => this.#relays?.has(address) ?? false)
    const news = origin === undefined ? undefined : this.#askNews(origin)
    const bootstrap = news?.bootstrap ?? Promise.withResolvers<never>().promise
    const askAgain = (): ReturnType<RelayNews['askOnce']> =>
      news?.askOnce() ?? Promise.resolve(undefined)
    const iceServers = new IceServers({
      runtime,
      bootstrap,
      askAgain,
      hostname: new URL(origin ?? 'http://localhost').hostname,
      relays: () => this.#relays?.known ?? [],
    })
    const node = await startPersonNode({
      key: profile.key,
      version,
      runtime,
      quarantine,
      hiding,
      iceServers,
    })
    iceServers.start()
    const network = Libp2pNetwork.start({ node, runtime, measure: true, quarantine, hiding })
    const relays = (this.#relays = new Relays({
      network,
      runtime,
      addresses: [...place.relays, ...remembered],
      remember: (addresses) => {
        profile.settings.set('relays', addresses).catch((error: unknown) => {
          runtime.log('terminal: relays are not remembered', { error })
        })
      },
    }))
    relays.start()
    this.#stops.push(() => {
      iceServers.stop()
      relays.stop()
    })
    if (news !== undefined && origin !== undefined)
      this.#keepToOrigin(origin, news, { network, relays, iceServers })
    this.chat.attach(network)
    this.#stops.push(
      runtime.clock.after(DHT_AFTER_MS, () => {
        startLateDht(node).then(
          (dht) => {
            this.#dht = dht
          },
          (error: unknown) => {
            runtime.log('terminal: no DHT', { error })
          },
        )
      }),
    )
  }

  /** It may come back as another peer under the same address. */
  #keepToOrigin(
    origin: string,
    news: RelayNews,
    {
      network,
      relays,
      iceServers,
    }: {
      readonly network: Libp2pNetwork
      readonly relays: Relays
      readonly iceServers: IceServers
    },
  ): void {
    const own = new OriginRelay({
      runtime: this.#options.runtime,
      network,
      relays,
      bootstrap: news.bootstrap,
      askAgain: () => news.askOnce(),
      pageOrigin: origin,
      moved: (bootstrap) => {
        iceServers.take(bootstrap)
      },
    })
    own.start()
    this.#stops.push(() => {
      own.stop()
    })
  }

  async stop(): Promise<void> {
    this.#news?.nudge()
    for (const stop of this.#stops.splice(0)) await stop()
    await this.#dht?.stop()
    await this.chat.stop()
  }

  /** Nothing where no page of a relay-node was named: an address of one is no address for people. */
  get device(): Device | undefined {
    const { place, folder, version } = this.#options
    const { origin } = place
    if (origin === undefined) return undefined
    const relays = (): Device['relays'] => this.#relays?.known ?? []
    return {
      get relays() {
        return relays()
      },
      invite: (room, hints) => linkTo(`${origin}/`, room, hints),
      hints: (room) => this.#hints(origin, room),
      lookUp: async (room, signal) => this.#dht?.lookUp(room, this.#options.runtime.clock, signal),
      examine: (signal) => {
        return examine(
          {
            origin,
            folder,
            version,
            relays: standingOf(relays()),
            correctedMs: this.chat.time.offset,
            direct: (this.chat.network?.links() ?? []).filter(
              ({ relay, path }) => !relay && path === 'direct',
            ).length,
            hidden: this.chat.relayMode === 'only',
          },
          signal,
        )
      },
    }
  }

  #hints(origin: string, room: string): readonly string[] {
    const topic = this.chat.room(room)?.key.topic
    const holders = topic === undefined ? [] : (this.chat.network?.subscribers(topic) ?? [])
    return hintsOf(origin, this.#relays?.known ?? [], holders)
  }

  #askNews(origin: string): RelayNews {
    const { runtime } = this.#options
    const news = (this.#news = new RelayNews({
      runtime,
      ask: () => fetch(`${origin}/bootstrap.json`, { signal: AbortSignal.timeout(ANSWER_MS) }),
      onsilence: () => {
        this.#tell(false)
      },
      onanswer: () => {
        this.#tell(true)
      },
    }))
    this.#stops.push(news.tellTime(this.chat.time, isLoopback(new URL(origin).hostname)))
    return news
  }

  /** An answer at the first time is what everybody expects. */
  #tell(answers: boolean): void {
    const before = this.#answers
    this.#answers = answers
    if (answers !== before && !(answers && before === undefined)) this.#options.onanswer(answers)
  }
}
