import { expect, test } from 'vitest'
import { Changes } from './changes.ts'

test('listeners hear in the order in which they came, until they stop', () => {
  const changes = new Changes<number>()
  const heard: string[] = []
  const stop = changes.subscribe((n) => heard.push(`first ${n}`))
  changes.subscribe((n) => heard.push(`second ${n}`))
  changes.emit(1)
  stop()
  stop()
  changes.emit(2)
  expect(heard).toEqual(['first 1', 'second 1', 'second 2'])
})

test('one function subscribed twice is heard twice, and stopped once each', () => {
  const changes = new Changes<number>()
  let heard = 0
  const listener = (): void => {
    heard++
  }
  const stop = changes.subscribe(listener)
  changes.subscribe(listener)
  changes.emit(1)
  stop()
  changes.emit(2)
  expect(heard).toBe(3)
})

test('who comes or goes while something is told does not confuse the telling', () => {
  const changes = new Changes<number>()
  const heard: string[] = []
  const stop = changes.subscribe((n) => {
    heard.push(`once ${n}`)
    stop()
    changes.subscribe((m) => heard.push(`late ${m}`))
  })
  changes.subscribe((n) => heard.push(`always ${n}`))
  changes.emit(1)
  changes.emit(2)
  expect(heard).toEqual(['once 1', 'always 1', 'always 2', 'late 2'])
})
