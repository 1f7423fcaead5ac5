import { beforeEach, expect, test } from 'vitest'
import { DraftBox } from './draft-box.ts'

beforeEach(() => {
  localStorage.clear()
})

test('what is saved is loaded, by another page too', async () => {
  await new DraftBox().save({ garden: 'not sent yet' })
  expect(await new DraftBox().load()).toEqual({ garden: 'not sent yet' })
})

test.each(['', 'rubbish', '7', 'null', '{"garden":7}'])('%s is no draft', async (kept) => {
  localStorage.setItem('p2p-chat-drafts', kept)
  expect((await new DraftBox().load()) ?? {}).toEqual({})
})
