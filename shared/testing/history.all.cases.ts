import { keepingCases } from './history.cases.ts'
import { sayingCases, sharedCases } from './history.own.cases.ts'
import { rangeCases } from './history.ranges.cases.ts'
import { sharedStubCases, stubCases } from './history.stubs.cases.ts'
import { trimmingCases } from './history.trim.cases.ts'

export const historyCases = [
  ...keepingCases,
  ...trimmingCases,
  ...sayingCases,
  ...rangeCases,
  ...stubCases,
]

/** For stores whose data outlives them. */
export const sharedHistoryCases = [...sharedCases, ...sharedStubCases]
