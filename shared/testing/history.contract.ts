import { afterEach, describe, test } from 'vitest'
import type { HistoryStore } from '../history.ts'
import { keepingCases } from './history.cases.ts'
import { sayingCases, sharedCases } from './history.own.cases.ts'
import { trimmingCases } from './history.trim.cases.ts'

export const historyCases = [...keepingCases, ...trimmingCases, ...sayingCases]

/**
 * The suite that every HistoryStore passes.
 * @param open a store over nothing
 * @param again a second store over the data of the last one; without it nothing outlives the store
 */
export function historyContract(
  name: string,
  open: () => Promise<HistoryStore>,
  again?: () => Promise<HistoryStore>,
): void {
  describe(`${name} keeps the history contract`, () => {
    const opened: HistoryStore[] = []
    const remember = async (opening: Promise<HistoryStore>): Promise<HistoryStore> => {
      const store = await opening
      opened.push(store)
      return store
    }
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close()
    })

    const reopen = (): Promise<HistoryStore> => {
      if (again === undefined) throw new Error('no second store')
      return remember(again())
    }
    for (const { name, run } of [...historyCases, ...(again === undefined ? [] : sharedCases)]) {
      test(name, async () => run(await remember(open()), reopen))
    }
  })
}
