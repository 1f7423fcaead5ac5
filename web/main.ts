import './no-proto.ts'
import './styles/tokens.css'
import './styles/base.css'
import { mount } from 'svelte'
import { systemRuntime } from '../shared/runtime.ts'
import { RelayNews } from './relay-news.ts'
import { Session } from './session.ts'
import { App, type Phase } from './state/app.svelte.ts'
import { Tab } from './tab.ts'
import { en } from './text/en.ts'
import Page from './view/Page.svelte'

// Everything that takes time begins now, side by side, and nothing waits for what it does not need.
const network = import('./node.ts')
const runtime = systemRuntime((event, details) => {
  console.debug(event, details ?? '')
})
const guest = new URLSearchParams(location.search).has('guest')
const app: App = new App({
  clock: runtime.clock,
  text: en,
  version: __VERSION__,
  guest,
  address: location.origin + location.pathname,
  hash: location.hash,
  navigate: (hash) => {
    if (hash !== location.hash) history.pushState(null, '', hash)
    app.go(hash)
  },
  acts: {
    tryNow: () => {
      session?.nudge()
    },
    quit: async () => {
      end = 'left'
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
  },
})
const news = new RelayNews({
  runtime,
  onsilence: () => app.troubles.set('no-relay', en.troubles.noRelay(location.host)),
  onanswer: () => app.troubles.delete('no-relay'),
})
let session: Session | undefined
/** What the page shows once the session has ended. */
let end: Phase = 'elsewhere'

const tab = new Tab('p2p-chat', {
  begin: start,
  wait: () => {
    app.phase = 'elsewhere'
  },
  end: stop,
})

function begin(): void {
  end = 'elsewhere'
  // A guest shares nothing with other tabs; without a secure context there are no locks, nor a chat.
  if (guest || !isSecureContext) start()
  else tab.start()
}

function start(): void {
  session = new Session({ app, runtime, news, network })
  session.start()
}

async function stop(): Promise<void> {
  const stopping = session
  session = undefined
  app.end(end)
  await stopping?.stop()
}

mount(Page, { target: document.getElementById('page') ?? document.body, props: { app } })
begin()

addEventListener('hashchange', () => {
  app.go(location.hash)
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
  else session?.nudge()
  app.current?.timeline.look()
})
