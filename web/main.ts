import './no-proto.ts'
import './styles/tokens.css'
import './styles/base.css'
import { mount } from 'svelte'
import { DEFAULT_ROOM } from '../shared/limits.ts'
import { systemRuntime } from '../shared/runtime.ts'
import { askQuietlyToKeep, askToKeep, saveFile, wipeDevice } from './device.ts'
import { DraftBox } from './draft-box.ts'
import { Appearance } from './appearance.ts'
import type { Installed } from './installed.ts'
import { RelayNews } from '../shared/relay-news.ts'
import type { Session } from './session.ts'
import { addShared, lastRoom, rememberRoom, sharedIn } from './share.ts'
import { App, type Phase } from './state/app.svelte.ts'
import { hashOf, linkTo } from '../shared/route.ts'
import { usedEmojis } from './small-store.ts'
import { PageSpeech } from './speech.ts'
import { Tab } from './tab.ts'
import { en } from './text/en.ts'
import { Trail } from './trail.ts'
import Page from './view/Page.svelte'
import { loadPalette } from './view/palette-chunk.ts'

// Everything that takes time begins now, side by side, and nothing waits for what it does not need:
// the page stands and takes text before the core is there, and the core opens before the network.
const core = import('./session.ts')
const network = import('./node.ts')
const runtime = systemRuntime((event, details) => {
  console.debug(event, details ?? '')
})
/** A question that has no answer by now is asked again. */
const ANSWER_MS = 10_000
const guest = new URLSearchParams(location.search).has('guest')
const speech: PageSpeech = new PageSpeech({
  kept: !guest,
  draw: (text, answers) => {
    app.text = text
    if (answers !== undefined) app.commands.speak(answers)
  },
})
/** Somebody has been here before this: there is something to lose. */
const returns = lastRoom() !== undefined
const trail = new Trail()
let shared = sharedIn(location.search)
if (shared !== undefined)
  // Not into the history: what is shared once is not shared again by a reload.
  history.replaceState(null, '', location.pathname + hashOf(lastRoom() ?? DEFAULT_ROOM))
const app: App = new App({
  clock: runtime.clock,
  text: en,
  locales: navigator.languages,
  version: __VERSION__,
  guest,
  address: location.origin + location.pathname,
  hash: location.hash,
  navigate: (hash, replaces) => {
    trail.navigate(hash, replaces)
    go(hash)
  },
  cover: (depth, uncover) => {
    trail.cover(depth, uncover)
  },
  acts: {
    tryNow: () => {
      session?.nudge()
    },
    quit: async () => {
      end = app.phase = 'left'
      if (guest) await stop()
      else tab.stop()
    },
    comeBack: () => {
      app.phase = 'chat'
      begin()
    },
    useHere: () => {
      tab.demand()
    },
    beGuest: () => {
      const address = new URL(location.href)
      address.search = '?guest'
      location.assign(address)
    },
    save: saveFile,
    isVisible: () => document.visibilityState === 'visible',
    onsaid: () => {
      // In the first minute there is no dialog; whoever comes back, or has installed this, means to stay.
      const stays = returns || matchMedia('(display-mode: standalone)').matches
      if (guest || askedToKeep || !stays) return
      askedToKeep = true
      void askQuietlyToKeep()
    },
    changeOver: () => {
      installed?.changeOver()
    },
    storage: () => (guest ? Promise.resolve({ keeps: 'passing' }) : askToKeep()),
    wipe,
    wardrobe: new Appearance(!guest),
    speech,
    usedEmojis: usedEmojis(!guest),
    device: {
      get relays() {
        return session?.relays ?? []
      },
      invite: (room, relays) => linkTo(location.origin + location.pathname, room, relays),
      hints: (room) => session?.hints(room) ?? [],
      lookUp: (room, signal) => session?.lookUp(room, signal) ?? Promise.resolve(undefined),
      examine: (signal) =>
        session?.examine(signal) ?? Promise.reject(new Error('there is no session to examine')),
    },
  },
})
const news = new RelayNews({
  runtime,
  ask: () =>
    fetch('/bootstrap.json', { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS) }),
  onsilence: (answers) => {
    // Another relay-node may serve as well: then nothing is amiss for who is on the page already.
    if (session?.relayed !== true)
      app.tell('no-relay', ({ noRelay, noNetwork }) =>
        navigator.onLine ? noRelay(location.host, answers) : noNetwork,
      )
  },
  onanswer: () => {
    app.settle('no-relay')
  },
})
let session: Session | undefined
let installed: Installed | undefined
let askedToKeep = false
/** Counts what was started and stopped. */
let runs = 0
/** What the page shows once the session has ended. */
let end: Phase = 'elsewhere'

const tab = new Tab('p2p-chat', {
  begin: () => {
    void start()
  },
  wait: () => {
    app.phase = 'elsewhere'
  },
  end: stop,
})

function begin(): void {
  end = 'elsewhere'
  // A guest shares nothing with other tabs; without a secure context there are no locks, nor a chat.
  if (guest || !isSecureContext) void start()
  else tab.start()
}

async function start(): Promise<void> {
  const mine = ++runs
  // Before the core is there: what is said meanwhile is on no other disk.
  if (!guest && isSecureContext) void bringDrafts()
  try {
    const { Session: CoreSession } = await core
    // Another tab may have taken its turn meanwhile.
    if (mine !== runs) return
    session = new CoreSession({ app, runtime, news, network })
    session.start()
  } catch (error) {
    app.beMute('no-node', ({ noNode }) => noNode(String(error)))
  }
}

async function bringDrafts(): Promise<void> {
  await app.drafts.attach(new DraftBox())
  const { current } = app
  if (shared === undefined || current === undefined) return
  app.drafts.write(current.name, addShared(app.drafts.of(current.name), shared))
  shared = undefined
}

/** They can be used once the core is there; whoever wants them while they are missing asks again. */
function fetchCommands(): void {
  core
    .then(() => Promise.all([app.commands.want(), loadPalette()]))
    .catch((error: unknown) => {
      runtime.log('page: no commands yet', { error })
    })
}

/** Once all is loaded that a chat needs: what the worker keeps is no hurry. */
async function install(): Promise<void> {
  if (!import.meta.env.PROD || !isSecureContext) return
  const code = await import('./installed.ts')
  installed = new code.Installed({
    ...runtime,
    onupdate: (taken) => {
      // A guest is gone with the page; and a tab that only waits has nothing to lose.
      if (taken && app.phase === 'elsewhere') location.reload()
      else app.newer = !guest
    },
    onrefused: () => {
      app.installs = guest
    },
    onopen: ({ hash }) => {
      app.options.navigate(hash)
      if (app.phase === 'elsewhere') tab.demand()
    },
    reload: () => {
      location.reload()
    },
  })
  await installed.start()
}

function go(hash: string): void {
  app.go(hash)
  if (app.route.kind !== 'room') return
  if (!guest) rememberRoom(app.route.name)
  session?.learn(app.route.relays ?? [])
}

async function stop(): Promise<void> {
  runs++
  const stopping = session
  session = undefined
  app.end(end)
  await stopping?.stop()
  // Not sooner: what is being kept as the tab gives way is released only then.
  app.drafts.leave()
}

/** Deletes all, and begins again as somebody new. The turn is held until then: no other tab writes. */
async function wipe(): Promise<void> {
  app.drafts.forget()
  app.attention?.forget()
  end = app.phase = 'wiping'
  await stop()
  try {
    if (!guest) await wipeDevice()
  } catch (error) {
    runtime.log('page: not wiped', { error })
    app.phase = 'not-wiped'
    return
  }
  history.replaceState(null, '', location.pathname + location.search)
  location.reload()
}

if (app.route.kind === 'room' && !guest) rememberRoom(app.route.name)
// Not with `await`: what is fetched imports from this very module, and would wait for it.
void speech.begin().then(() => {
  mount(Page, { target: document.getElementById('page') ?? document.body, props: { app } })
  fetchCommands()
})
begin()
void Promise.allSettled([core, network])
  .then(install)
  .catch((error: unknown) => {
    runtime.log('page: not installed', { error })
  })

addEventListener('popstate', () => {
  trail.arrive()
})
addEventListener('hashchange', () => {
  go(location.hash)
})
addEventListener('online', () => session?.nudge())
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) session?.comeBack()
})
addEventListener('pagehide', () => {
  app.drafts.save()
  session?.sayGone()
})
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') app.drafts.save()
  else {
    session?.nudge()
    installed?.look()
  }
  app.current?.timeline.look()
  app.attention?.look()
})
