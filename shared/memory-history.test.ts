import { MemoryHistory } from './memory-history.ts'
import { historyContract } from './testing/history.contract.ts'
import { logId } from './testing/people.ts'

historyContract('MemoryHistory', () => Promise.resolve(new MemoryHistory(logId('alice'))))
