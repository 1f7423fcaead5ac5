import { isRecord } from '../../shared/json.ts'

/** Whether what a disk holds under the settings about people is what was written there. */

export function areNamed(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => has(each, { id: 'string', name: 'string' }))
}

export function areMuted(value: unknown): boolean {
  return isRecord(value) && areNamed(value['people']) && areTexts(value['rooms'])
}

export function areMet(value: unknown): boolean {
  const shape = { id: 'string', first: 'number', last: 'number', room: 'string' } as const
  return (
    Array.isArray(value) &&
    value.every((each: unknown) => isRecord(each) && has(each, shape) && areTexts(each['names']))
  )
}

export function areTopics(value: unknown): boolean {
  const shape = {
    author: 'string',
    by: 'string',
    text: 'string',
    clock: 'number',
    entry: 'string',
  } as const
  const areGiven = (given: unknown): boolean =>
    Array.isArray(given) && given.every((each) => has(each, shape))
  return isRecord(value) && Object.values(value).every(areGiven)
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function has(value: unknown, shape: Readonly<Record<string, 'string' | 'number'>>): boolean {
  return isRecord(value) && Object.entries(shape).every(([key, type]) => typeof value[key] === type)
}
