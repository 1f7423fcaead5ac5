import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { answerBinding, bindingRequest, mappedIn } from './stun-message.ts'

const HERE = { family: 'IPv4', address: '192.0.2.1', port: 32_853 } as const
/** The address of RFC 5769's samples, which are the test vectors of RFC 8489. */
const THERE = {
  family: 'IPv6',
  address: '2001:db8:1234:5678:11:2233:4455:6677',
  port: 32_853,
} as const
const TRANSACTION = 'b7e7a701bc34d686fa87dfae'
const COOKIE = '2112a442'

/** @param attributes hex, with their headers and padding */
function request(attributes = '', { type = '0001', cookie = COOKIE, length = -1 } = {}): Buffer {
  const said = length < 0 ? attributes.length / 2 : length
  return Buffer.from(
    type + said.toString(16).padStart(4, '0') + cookie + TRANSACTION + attributes,
    'hex',
  )
}

function withFingerprint(attributes: string): string {
  const before = request(`${attributes}8028000400000000`).subarray(0, 20 + attributes.length / 2)
  const sum = (crc32(before) ^ 0x5354_554e) >>> 0
  return `${attributes}80280004${sum.toString(16).padStart(8, '0')}`
}

test('an IPv4 address is told as in RFC 5769 §2.2', () => {
  expect(answerBinding(request(), HERE)?.toString('hex')).toBe(
    `0101000c${COOKIE}${TRANSACTION}00200008` + '0001a147e112a643',
  )
})

test('an IPv6 address is told as in RFC 5769 §2.3', () => {
  const told = '0002a147' + '0113a9faa5d3f179bc25f4b5bed2b9d9'
  const answer = `01010018${COOKIE}${TRANSACTION}00200014${told}`
  expect(answerBinding(request(), THERE)?.toString('hex')).toBe(answer)
  const scoped = { ...THERE, address: `${THERE.address}%eth0` }
  expect(answerBinding(request(), scoped)?.toString('hex')).toBe(answer)
})

test('what the request of RFC 5769 §2.1 asks for beyond that is refused by name', () => {
  const sample = Buffer.from(
    '000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74' +
      '002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020' +
      '000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf',
    'hex',
  )
  // PRIORITY is for peers among each other; SOFTWARE and ICE-CONTROLLED may be passed over.
  expect(answerBinding(sample, HERE)?.toString('hex')).toBe(
    `01110010${COOKIE}${TRANSACTION}0009000400000414` + '000a00020024' + '0000',
  )
})

test('a checksum is believed or the packet dropped', () => {
  const software = '8022000474657374'
  expect(answerBinding(request(withFingerprint(software)), HERE)).toHaveLength(32)
  const forged = request(withFingerprint(software))
  forged.writeUInt8(forged.readUInt8(25) ^ 1, 25)
  expect(answerBinding(forged, HERE)).toBeUndefined()
  expect(answerBinding(request(`${withFingerprint('')}8022000474657374`), HERE)).toBeUndefined()
})

test('attributes of authentication are passed over: everybody is answered', () => {
  const username = '0006000474657374'
  expect(answerBinding(request(username), HERE)).toHaveLength(32)
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['half a header', request().subarray(0, 19)],
  ['no cookie', request('', { cookie: '00000000' })],
  ['an indication', request('', { type: '0011' })],
  ['a success', request('', { type: '0101' })],
  ['an error', request('', { type: '0111' })],
  ['a TURN allocation', request('', { type: '0003' })],
  ['the first bits set', request('', { type: 'c001' })],
  ['a length beyond the packet', request('', { length: 4 })],
  ['a length below the packet', request('80220000', { length: 0 })],
  ['a length that is no multiple of four', request('8022', {})],
  ['an attribute beyond the packet', request('80220008aabbccdd')],
  ['an attribute without its padding', request('8022000161')],
  ['half an attribute', request('802200')],
  ['more than 548 bytes', request(`80220210${'00'.repeat(528)}`)],
])('%s is dropped', (_, packet) => {
  expect(answerBinding(packet, HERE)).toBeUndefined()
})

test('no answer is longer than its request and one address', () => {
  for (let seed = 1, run = 0; run < 20_000; run++) {
    const bytes = Buffer.alloc(128 * 4)
    for (let i = 0; i < bytes.length; i += 4) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      bytes.writeUInt32BE(seed, i)
    }
    const attributes = 4 * (seed % 128)
    request('', { length: attributes }).copy(bytes)
    // Types without a length of their own, so that many of the packets are whole.
    for (let i = 20; i < bytes.length; i += 4)
      bytes.writeUInt16BE(run % 3 === 0 ? seed % 9 : 0, i + 2)
    const packet = bytes.subarray(0, Math.min(bytes.length, 20 + attributes))
    const answer = answerBinding(packet, THERE)
    expect(answer?.length ?? 0).toBeLessThanOrEqual(packet.length + 24)
  }
})

test('what is asked is answered, and the answer read', () => {
  const asked = bindingRequest()
  const answer = answerBinding(asked, HERE) ?? Buffer.alloc(0)
  expect(mappedIn(answer, asked)).toBe('192.0.2.1:32853')
  expect(mappedIn(answer, bindingRequest())).toBeUndefined()
  for (let length = 0; length < answer.length; length++)
    expect(mappedIn(answer.subarray(0, length), asked)).toBeUndefined()
  const sixth = answerBinding(asked, THERE) ?? Buffer.alloc(0)
  expect(mappedIn(sixth, asked)).toBeUndefined()
})
