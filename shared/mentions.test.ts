import { describe, expect, test } from 'vitest'
import { mentions } from './mentions.ts'

describe('somebody is called', () => {
  test.each([
    ['@alice are you there?', 'alice'],
    ['ask @ALICE', 'Alice'],
    ['alice: look', 'alice'],
    ['thanks, Alice!', 'alice'],
    ['(alice)', 'alice'],
    ['alice’s turn', 'alice'],
    ['alice', 'alice'],
    ['swift-falcon, hello', 'swift-falcon'],
    ['is swift-falcon?', 'Swift-Falcon'],
    ['Anna Lee is here', 'anna lee'],
    ['a line\n@alice', 'alice'],
    ['- alice', 'alice'],
    ['alice- no', 'alice'],
    ['the ａｌｉｃｅ of full width', 'alice'],
    ['@x yes', 'x'],
    ['hello c++ here', 'c++'],
    ['malice, alice', 'alice'],
    ['สวัสดี @นก', 'นก'],
    ['ถามนกด้วย', 'นก'],
    ['ถาม@นก', 'นก'],
    ['我问小明了', '小明'],
    ['👩‍🚀 is up', '👩‍🚀'],
    ['𝒜𝓁 and more', 'al'],
  ])('%j calls %j', (content, name) => {
    expect(mentions(content, name)).toBe(true)
  })
})

describe('nobody is called', () => {
  test.each([
    ['malice', 'alice'],
    ['alice2', 'alice'],
    ['alice_b', 'alice'],
    ['swift-falcon', 'swift'],
    ['swift-falcon', 'falcon'],
    ['swift-falcon-2', 'swift-falcon'],
    ['bob@alice.example is no call', 'x'],
    ['x marks the spot', 'x'],
    ['bob@x', 'x'],
    ['write to bob@alice.example', 'alice'],
    ['', 'alice'],
    ['anything', ''],
    ['annalee', 'anna lee'],
  ])('%j does not call %j', (content, name) => {
    expect(mentions(content, name)).toBe(false)
  })
})

test('the longest hostile message takes no time', () => {
  const start = performance.now()
  expect(mentions('-'.repeat(4_000), 'a-')).toBe(false)
  expect(mentions('นก'.repeat(2_000) + '-', 'กน')).toBe(false)
  expect(mentions('aa-'.repeat(1_300), 'aa')).toBe(false)
  expect(mentions('@'.repeat(4_000), '@@')).toBe(true)
  // Quadratic would be seconds; a busy machine is slow, but not that slow.
  expect(performance.now() - start).toBeLessThan(1_000)
})
