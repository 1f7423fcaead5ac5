import type { Row } from './row.ts'
export const labRows: readonly Row[] = []
