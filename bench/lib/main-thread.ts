import type { Page } from '@playwright/test'

export interface MainThread {
  /** Durations of all tasks of the page's main thread, ms. */
  readonly tasks: readonly number[]
  /** What each of them took of a processor, ms: less, where others had it meanwhile. */
  readonly cpu: readonly number[]
  /** From one picture on the screen to the next, ms: what the compositor moves needs no main thread. */
  readonly drawn: readonly number[]
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** µs, like all times here */
  readonly ts: number
  readonly dur?: number
  /** Of a processor. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

const TASK = 'ThreadControllerImpl::RunTask'
const DRAW = 'Display::DrawAndSwap'

/**
 * Traces every task of the page's main thread. An observer of `longtask` in the page hears only of
 * those above 50 ms, so nothing could be said of the share that they are.
 * @param screen whether it also traces what the screen shows, which costs more
 */
export async function watchMainThread(
  page: Page,
  { screen = false } = {},
): Promise<() => Promise<MainThread>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: ['toplevel', '__metadata', ...(screen ? ['viz'] : [])],
      recordMode: 'recordAsMuchAsPossible',
    },
  })
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]))
  })
  return async () => {
    const ended = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
    await session.send('Tracing.end')
    await ended
    const tasks = tasksOf(events)
    const draws = events.filter(({ name }) => name === DRAW).sort((a, b) => a.ts - b.ts)
    return {
      tasks: tasks.map(({ dur = 0 }) => dur / 1_000),
      cpu: tasks.map(({ tdur = 0 }) => tdur / 1_000),
      drawn: draws.slice(1).map(({ ts }, i) => (ts - (draws[i]?.ts ?? ts)) / 1_000),
    }
  }
}

/** Of several renderers, the one that was busiest is the page. */
function tasksOf(events: readonly TraceEvent[]): readonly TraceEvent[] {
  const mains = events.filter(
    ({ ph, name, args }) => ph === 'M' && name === 'thread_name' && args?.name === 'CrRendererMain',
  )
  const byThread = mains.map(({ pid, tid }) =>
    events.filter((event) => event.name === TASK && event.pid === pid && event.tid === tid),
  )
  const total = (tasks: readonly TraceEvent[]): number =>
    tasks.reduce((sum, { dur = 0 }) => sum + dur, 0)
  return byThread.sort((a, b) => total(b) - total(a))[0] ?? []
}
