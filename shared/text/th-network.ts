import {
  type IceMeasurement,
  type Measurements,
  type Probe,
  isSymmetric,
  stunAnswered,
  tellsNat,
} from '../doctor.ts'
import { fault } from './th-faults.ts'
import type { DhtLine, NetworkWords, RelayLine, TraceStep, WayLine } from './network-words.ts'
import { bytes, counted, duration, number } from './th-numbers.ts'

function dhtLine({ relay: peer, records, bytes: size, lifeMs, nextMs }: DhtLine): string {
  const next = nextMs === undefined ? '' : ` ระเบียนถัดไปจะหมดอายุใน ${duration(nextMs)} หากไม่ต่ออายุ`
  return `เก็บไว้ที่รีเลย์ ${peer}: ${counted(records, 'ระเบียน')}, ${bytes(size)} อายุ ${duration(lifeMs)}${next}`
}

function ms(value: number): string {
  return `${number.format(Math.max(1, Math.round(value)))} ms`
}

function median(value: number | undefined): string {
  return value === undefined ? 'ยังไม่ได้วัด' : `มัธยฐาน ${ms(value)}`
}

function percent(share: number): string {
  return `${number.format(Math.round(share * 1_000) / 10)}%`
}

function trace({ step, peers }: TraceStep): string {
  switch (step) {
    case 'kept':
      return 'ลงลายเซ็นและเก็บไว้ในอุปกรณ์นี้แล้ว'
    case 'sent':
      return peers === 0 ? 'ส่งต่อแล้ว' : `ส่งต่อให้ ${counted(peers, 'เพียร์')} ในทันที`
    case 'stored':
      return 'มีคนอื่นยืนยันว่าเก็บลงดิสก์แล้ว'
  }
}

function way({ way: kind, links, medianMs, received, handed, share }: WayLine): string {
  const name = kind === 'direct' ? 'โดยตรง' : 'ผ่านโหนดรีเลย์'
  const part = share === undefined ? '' : ` (${percent(share)})`
  return `- ${name}: ${counted(links, 'การเชื่อมต่อ')}, ${median(medianMs)}; มาถึงทางนี้ก่อน ${counted(received, 'ข้อความ')}${part}, ส่งต่อไป ${counted(handed, 'ข้อความ')}`
}

function relayName({ relay: { address }, key, host }: RelayLine): string {
  if (key === undefined && host === undefined) return address
  return [
    'โหนดรีเลย์',
    ...(key === undefined ? [] : [key]),
    ...(host === undefined ? [] : [`ที่ ${host}`]),
  ].join(' ')
}

function relay(line: RelayLine): string {
  const { relay: known, linkedForMs, rttMs, transport, placeForMs, circuits, bytes: used } = line
  const parts = [
    relayName(line),
    relayState(line),
    ...(transport === undefined ? [] : [transport]),
    ...(rttMs === undefined ? [] : [ms(rttMs)]),
    ...(linkedForMs === undefined ? [] : [`เชื่อมต่อมาแล้ว ${duration(linkedForMs)}`]),
    ...(placeForMs === undefined ? [] : [`จะต่ออายุที่จองภายใน ${duration(placeForMs)}`]),
    ...(linkedForMs === undefined
      ? []
      : [`วงจรของคุณ ${counted(circuits, 'วงจร')}, ${bytes(used)}`]),
  ]
  const { word } = known
  const others = new Set(word?.relays.map((each) => each.split('/').at(-1))).size
  const says =
    word?.places === undefined
      ? []
      : [
          `  โหนดแจ้งว่า: ใช้ไป ${number.format(word.places.taken)} จาก ${counted(word.places.all, 'ที่')}, รวม ${counted(word.circuits ?? 0, 'วงจร')}, รู้จักโหนดรีเลย์อื่น ${counted(others, 'โหนด')}`,
        ]
  return [`- ${parts.join(' · ')}`, ...says].join('\n')
}

function relayState({ relay: { state, failures } }: RelayLine): string {
  switch (state) {
    case 'serving':
      return 'จองที่ไว้ให้คุณแล้ว'
    case 'linked':
      return 'เชื่อมต่อแล้ว แต่ยังไม่ได้จองที่ให้คุณ'
    case 'dialling':
      return 'กำลังติดต่อ'
    case 'waiting':
      return `ไม่ตอบ (${counted(failures, 'ครั้ง')}) จะลองใหม่`
    case 'spare':
      return 'รู้จัก แต่ตอนนี้ยังไม่ต้องใช้'
  }
}

function probe(what: string, found: Probe): string {
  if (found.ok) return `✓ ${what}: ตอบภายใน ${ms(found.ms)}`
  switch (found.why) {
    case 'refused':
      return `✗ ${what}: ถูกปฏิเสธ`
    case 'silent':
      return `✗ ${what}: ไม่ตอบภายใน 5 วินาที`
    case 'answer':
      return `✗ ${what}: ตอบด้วยสถานะ ${found.status ?? 0}`
  }
}

function measured(found: Measurements): readonly string[] {
  const { host, http, webSocket, clockAheadMs, versions, relays, ice, storage, hidden } = found
  return [
    probe(`HTTP ที่ ${host}`, http),
    ...(webSocket === undefined ? [] : [probe(`WebSocket ที่ ${host}`, webSocket)]),
    `${relays.serving > 0 ? '✓' : '✗'} โหนดรีเลย์: เชื่อมต่อแล้ว ${counted(relays.linked, 'โหนด')} ในจำนวนนี้จองที่ไว้ให้คุณ ${counted(relays.serving, 'โหนด')}`,
    ...(clockAheadMs === undefined
      ? ['? นาฬิกา: ยังเทียบไม่ได้ เพราะไม่มีโหนดรีเลย์บอกเวลา']
      : [
          `${Math.abs(clockAheadMs) < 60_000 ? '✓' : '✗'} นาฬิกา: ${clockAheadMs > 0 ? 'ช้ากว่า' : 'เร็วกว่า'}โหนดรีเลย์ ${duration(Math.abs(clockAheadMs))}`,
        ]),
    ...(versions.relay === undefined
      ? [`? เวอร์ชัน: ที่นี่คือ ${versions.page} ส่วนของโหนดรีเลย์ไม่ทราบ`]
      : [
          `${versions.relay === versions.page ? '✓' : '✗'} เวอร์ชัน: ที่นี่คือ ${versions.page} โหนดรีเลย์ให้บริการ ${versions.relay}`,
        ]),
    ...iceLines(ice),
    ...storageLines(storage),
    ...(hidden ? ['  เปิดโหมดรีเลย์เท่านั้นอยู่: ไม่เสนอและไม่รับการเชื่อมต่อโดยตรง'] : []),
  ]
}

function storageLines({ usedBytes, full }: Measurements['storage']): readonly string[] {
  const used = usedBytes === undefined ? '' : ` ใช้ไปแล้ว ${bytes(usedBytes)}`
  if (full === undefined) return [`? พื้นที่จัดเก็บ: ทดสอบไม่ได้${used}`]
  return [`${full ? '✗ พื้นที่จัดเก็บ: เก็บเพิ่มอีก 1 MB ไม่ได้' : '✓ พื้นที่จัดเก็บ: เก็บเพิ่มอีก 1 MB ได้'}${used}`]
}

function iceLines(ice: Measurements['ice']): readonly string[] {
  if (ice === undefined) return ['✗ WebRTC: เบราว์เซอร์นี้ไม่มี']
  const { stun, mappings, turn, hosts } = ice
  const nat = isSymmetric(ice)
    ? '✗ NAT: แบบสมมาตร แต่ละเซิร์ฟเวอร์เห็นพอร์ตต่างกัน'
    : mappings.length > 0
      ? `${tellsNat(ice) ? '✓ NAT: ใช้พอร์ตเดียวกับทุกปลายทาง' : '? NAT: ต้องมีเซิร์ฟเวอร์ STUN สองเครื่องจึงจะรู้ชนิด'}; ภายนอกเห็นเป็น ${mappings.map(({ outside }) => outside).join(', ')}`
      : stun?.some(({ answered }) => answered) === true
        ? '✓ NAT: ไม่มีคั่นระหว่างอุปกรณ์นี้กับเซิร์ฟเวอร์ STUN'
        : '? NAT: ไม่ทราบ'
  return [
    `${hosts > 0 ? '✓' : '?'} UDP: ที่อยู่ในเครื่อง ${counted(hosts, 'รายการ')}`,
    stunLine(ice),
    ...(stun === undefined || stun.length === 0 ? [] : [nat]),
    ...(turn === 'none' ? [] : [turn === 'answered' ? '✓ TURN: ตอบ' : '✗ TURN: ไม่ตอบ']),
  ]
}

function stunLine(ice: IceMeasurement): string {
  const { stun } = ice
  if (stun === undefined) return '? STUN: ไม่ทราบ เพราะโหนดรีเลย์เป็นผู้บอกเซิร์ฟเวอร์'
  if (stun.length === 0) return '✗ STUN: ไม่ได้ตั้งค่าเซิร์ฟเวอร์ไว้'
  const answered = stunAnswered(ice)
  const unknown = stun.some((each) => each.answered === undefined)
  const sign = answered > 0 ? '✓' : unknown ? '?' : '✗'
  return `${sign} STUN: ตอบ ${number.format(answered)} จาก ${counted(stun.length, 'เซิร์ฟเวอร์')}`
}

export const thNetwork: NetworkWords = {
  direction: (direction) => (direction === 'inbound' ? 'ขาเข้า' : 'ขาออก'),
  link: ({ transport, direction, forMs, rttMs, relay: through }) => {
    const rest = [
      thNetwork.direction(direction),
      ...(rttMs === undefined ? [] : [ms(rttMs)]),
      `มาแล้ว ${duration(forMs)}`,
    ].join(', ')
    if (through === undefined) return `${transport} (โดยตรง, ${rest})`
    return `${through === '' ? 'ผ่านโหนดรีเลย์' : `ผ่านโหนดรีเลย์ ${through}`} (${rest})`
  },
  linkKinds: (kinds) => [
    ...(kinds.length === 0 ? [] : ['แยกตามชนิด:']),
    ...kinds.map(
      ({ transport, relayed, count, medianMs }) =>
        `- ${relayed ? 'ผ่านรีเลย์' : `${transport} โดยตรง`}: ${number.format(count)}, ${median(medianMs)}`,
    ),
  ],
  pathChanged: (name, direct, transport, rttMs) =>
    direct
      ? `✓ ตอนนี้ติดต่อ ${name} ได้โดยตรงแล้ว (${transport}${rttMs === undefined ? '' : `, ${ms(rttMs)}`}) ไม่ต้องผ่านรีเลย์`
      : `✗ ไม่มีการเชื่อมต่อโดยตรงกับ ${name} แล้ว: ข้อความจะผ่านรีเลย์ และจะลองเชื่อมต่อโดยตรงอีกครั้ง`,
  trace: (text, step, afterMs) =>
    `→ “${text}”: ${trace(step)}${step.step === 'kept' ? '' : ` หลังผ่านไป ${ms(afterMs)}`}`,
  pinged: ({ name, rttsMs, tried, path }) => {
    if (rttsMs.length === 0) return `${name} ไม่ตอบ (${path}, ลอง ${counted(tried, 'ครั้ง')})`
    const sorted = [...rttsMs].sort((a, b) => a - b)
    const range = `เร็วสุด ${ms(sorted[0] ?? 0)}, ช้าสุด ${ms(sorted.at(-1) ?? 0)}`
    return `${name}: ${ms(sorted[Math.floor(sorted.length / 2)] ?? 0)} ${path} (ตอบ ${number.format(rttsMs.length)} จาก ${counted(tried, 'ครั้ง')}, ${range})`
  },
  notPingable: (name) => `ได้ยิน ${name} ผ่านคนอื่น และไม่ได้ประกาศที่อยู่ไว้ จึงไม่มีอะไรให้วัด`,
  mesh: (topic, names) => [
    `- ${topic.topic}: เพียร์ในเมช ${number.format(topic.mesh.length)} จากผู้ติดตาม ${number.format(topic.subscribers.length)}${topic.mesh.length === 0 ? '' : ` (${names(topic.mesh)})`}`,
    `  fanout ${number.format(topic.fanout.length)}, graft ${number.format(topic.grafts)}, prune ${number.format(topic.prunes)}`,
    `  รับ ${number.format(topic.accepted)}, ไม่สนใจ ${number.format(topic.ignored)}, ปฏิเสธ ${number.format(topic.rejected)}; เผยแพร่ ${number.format(topic.published)}, ส่งต่อรวม ${number.format(topic.handed)}`,
  ],
  deliveryRate: (gossip, sync) =>
    gossip + sync === 0
      ? 'อัตราการมาถึง: ยังไม่มีใครพูดอะไรที่นี่ตั้งแต่เริ่มโปรแกรม'
      : `อัตราการมาถึง: ${percent(gossip / (gossip + sync))} ของที่คนอื่นพูดมาถึงเอง (${number.format(gossip)}) ที่เหลือ (${number.format(sync)}) ไปดึงมา`,
  routing: (ways, people) =>
    [
      'เส้นทางตั้งแต่เริ่มโปรแกรม:',
      ...ways.map(way),
      ...(people.length === 0 ? [] : ['คนในห้องนี้:', ...people]),
    ].join('\n'),
  relayMode: (mode) =>
    mode === 'only'
      ? 'โหมดรีเลย์เท่านั้น: ไม่มีใครในห้องเห็นที่อยู่ของอุปกรณ์นี้ มีเพียงโหนดรีเลย์ด้านล่างที่เห็น พิมพ์ /relay auto เพื่อเลิกใช้'
      : 'โหมดอัตโนมัติ: ใช้การเชื่อมต่อโดยตรงก่อนรีเลย์ และคนที่เชื่อมต่อโดยตรงจะเห็นที่อยู่ของอุปกรณ์นี้ พิมพ์ /relay only เพื่อซ่อน',
  relays: (lines) =>
    lines.length === 0
      ? ['ไม่รู้จักโหนดรีเลย์ใดเลย']
      : [`โหนดรีเลย์ (${lines.length}):`, ...lines.map(relay)],
  relayAddresses: (count) => `ที่อยู่ของโหนดเหล่านี้ (${number.format(count)})`,
  inviteBy: () => 'ลิงก์เชิญที่ระบุโหนดเหล่านี้ไว้',
  relayModes: () => '“only” หรือ “auto”',
  hiddenDial: () =>
    'เปิดโหมดรีเลย์เท่านั้นอยู่ จึงไม่ติดต่อใครโดยตรง เพราะจะทำให้เขาเห็นที่อยู่ของอุปกรณ์นี้ พิมพ์ /relay auto เพื่อเลิกใช้',
  dht: (room, { mode, table, records, key, providers, asked, tookMs }, kept) =>
    [
      `DHT: ${mode === 'client' ? 'ไคลเอนต์' : 'เซิร์ฟเวอร์'}, ${counted(table, 'เพียร์')} ในตารางเส้นทาง, ${records === undefined ? 'ไม่เก็บระเบียนเพราะเป็นไคลเอนต์' : `เก็บไว้ที่นี่ ${counted(records, 'ระเบียน')}`}`,
      `เพิ่งค้นหา ${room} (${key}): พบผู้ให้บริการ ${counted(providers.length, 'ราย')} หลังถาม ${counted(asked, 'เพียร์')} ใช้เวลา ${ms(tookMs)}`,
      ...providers.map((peer) => `- ${peer}`),
      ...(kept.length === 0 ? ['ไม่มีรีเลย์ใดบอกว่าเก็บอะไรไว้'] : kept.map(dhtLine)),
    ].join('\n'),
  noDht: () => 'DHT ยังไม่พร้อม: จะโหลดหลังเริ่มโปรแกรมไม่กี่วินาที เมื่อมีรีเลย์แล้ว',
  noDevice: () => 'ตรวจสอบเรื่องนี้จากที่นี่ไม่ได้',
  noMap: () => 'ที่นี่ไม่มีหน้าจอให้วาดแผนที่ /peers กับ /who บอกเรื่องเดียวกันเป็นข้อความ',
  testing: () => 'กำลังตรวจเครือข่าย ใช้เวลาไม่กี่วินาที…',
  measured,
  fault,
  wellness: (faults) => (faults === 0 ? 'ไม่พบปัญหา' : `พบ ${counted(faults, 'ปัญหา')}:`),
}
