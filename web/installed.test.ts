import { afterEach, expect, test, vi } from 'vitest'
import { systemRuntime } from '../shared/runtime.ts'
import { Installed } from './installed.ts'

const RUNTIME = systemRuntime()

afterEach(() => {
  vi.unstubAllGlobals()
})

async function refused(serviceWorker: object | undefined): Promise<number> {
  vi.stubGlobal('navigator', serviceWorker === undefined ? {} : { serviceWorker })
  const onrefused = vi.fn()
  const installed = new Installed({
    ...RUNTIME,
    onupdate: () => undefined,
    onopen: () => undefined,
    reload: () => undefined,
    onrefused,
  })
  await installed.start()
  return onrefused.mock.calls.length
}

function container(register: () => Promise<unknown>): object {
  return Object.assign(new EventTarget(), { controller: null, startMessages: vi.fn(), register })
}

test('where the browser lets no service worker run, that is told', async () => {
  expect(await refused(undefined)).toBe(1)
  const untrusted = new DOMException('An SSL certificate error occurred', 'SecurityError')
  expect(await refused(container(() => Promise.reject(untrusted)))).toBe(1)
  const registration = Object.assign(new EventTarget(), { waiting: null, active: null })
  expect(await refused(container(() => Promise.resolve(registration)))).toBe(0)
})
