import { afterEach, describe, test } from 'vitest'
import type { HistoryStore } from '../history.ts'
import { type Tamper, damageCases } from './history.damage.cases.ts'
import { historyCases, sharedHistoryCases } from './history.all.cases.ts'

/**
 * The suite that every HistoryStore passes.
 * @param open a store over nothing
 * @param again a second store over the data of the last one; without it nothing outlives the store
 * @param tamper changes that data behind its back, where there is a disk that could
 */
export function historyContract(
  name: string,
  open: () => Promise<HistoryStore>,
  again?: () => Promise<HistoryStore>,
  tamper?: Tamper,
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
    const cases = [...historyCases, ...(again === undefined ? [] : sharedHistoryCases)]
    for (const { name, run } of cases) {
      test(name, async () => run(await remember(open()), reopen))
    }
    if (tamper === undefined) return
    for (const { name, run } of damageCases)
      test(name, async () => run(await remember(open()), reopen, tamper))
  })
}
