import type { Page } from '@playwright/test'

export interface MainThread {
  /** Durations of all tasks of the page's main thread, ms. */
  readonly tasks: readonly number[]
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** µs */
  readonly dur?: number
  readonly args?: { readonly name?: string }
}

const TASK = 'ThreadControllerImpl::RunTask'

/**
 * Traces every task of the page's main thread. An observer of `longtask` in the page hears only of
 * those above 50 ms, so nothing could be said of the share that they are.
 */
export async function watchMainThread(page: Page): Promise<() => Promise<MainThread>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: ['toplevel', '__metadata'],
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
    return { tasks: tasksOf(events) }
  }
}

/** Of several renderers, the one that was busiest is the page. */
function tasksOf(events: readonly TraceEvent[]): readonly number[] {
  const mains = events.filter(
    ({ ph, name, args }) => ph === 'M' && name === 'thread_name' && args?.name === 'CrRendererMain',
  )
  const byThread = mains.map(({ pid, tid }) =>
    events.flatMap((event) =>
      event.name === TASK && event.pid === pid && event.tid === tid
        ? [(event.dur ?? 0) / 1_000]
        : [],
    ),
  )
  const total = (tasks: readonly number[]): number => tasks.reduce((sum, ms) => sum + ms, 0)
  return byThread.sort((a, b) => total(b) - total(a))[0] ?? []
}
