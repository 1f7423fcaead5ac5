import {
  type MapPerson,
  type MapRelay,
  type RoomMap,
  behindRelays,
  isCutOff,
} from '../../shared/room-map.ts'
import type { MapText, NameOf } from './map-en.ts'

const number = new Intl.NumberFormat('th')
const people = (n: number): string => `${number.format(n)} คน`
const messages = (n: number): string => `${number.format(n)} ข้อความ`
const ms = (value: number): string => `${number.format(Math.max(1, Math.round(value)))} ms`
const listed = (all: readonly string[]): string => new Intl.ListFormat('th').format(all)

function summary({ people: all, relays }: RoomMap): string {
  const direct = all.filter(({ reach }) => reach.kind === 'direct').length
  const relay = `โหนดรีเลย์ ${number.format(relays.length)} เครื่อง`
  if (all.length === 0)
    return relays.length === 0
      ? 'ยังไม่มีใครอยู่ที่นี่ และเบราว์เซอร์นี้ไม่ได้เชื่อมต่อกับใครเลย'
      : `ยังไม่มีใครอยู่ที่นี่ เบราว์เซอร์นี้เชื่อมต่อกับ${relay} ซึ่งจะแนะนำให้รู้จักผู้ที่เข้ามา`
  if (direct === all.length)
    return all.length === 1
      ? 'เบราว์เซอร์นี้เชื่อมต่อโดยตรงกับอีกคนเดียวที่อยู่ที่นี่'
      : `เบราว์เซอร์นี้เชื่อมต่อโดยตรงกับทุกคนอีก ${people(direct)}`
  if (isCutOff({ people: all, relays }))
    return all.length === 1
      ? 'ตอนนี้เบราว์เซอร์นี้ไม่ได้เชื่อมต่อกับใครเลย จึงไม่ได้ยินอีกคนเดียวที่อยู่ที่นี่'
      : `ตอนนี้เบราว์เซอร์นี้ไม่ได้เชื่อมต่อกับใครเลย จึงไม่ได้ยินใครใน ${people(all.length)}ที่อยู่ที่นี่`
  return direct === 0
    ? `ไม่มีการเชื่อมต่อโดยตรงกับใครเลย: ${further({ people: all, relays })}`
    : `เบราว์เซอร์นี้เชื่อมต่อโดยตรงกับ ${people(direct)} ${further({ people: all, relays })}`
}

function further({ people: all, relays }: Pick<RoomMap, 'people' | 'relays'>): string {
  const unheard = all.filter(({ reach }) => reach.kind === 'unheard')
  const heard = all.filter(({ reach }) => reach.kind === 'heard' || reach.kind === 'relayed').length
  const through = behindRelays({ people: all.filter((each) => !unheard.includes(each)), relays })
    ? 'โหนดรีเลย์'
    : 'คนอื่น'
  return [
    ...(heard > 0 ? [`อีก ${people(heard)}ได้ยินผ่าน${through}`] : []),
    ...(unheard.length > 0 ? [`อีก ${people(unheard.length)}ตอนนี้ยังไม่ได้ยิน`] : []),
  ].join(' และ')
}

function way({ reach }: MapPerson, nameOf: NameOf): string {
  switch (reach.kind) {
    case 'direct':
      return reach.rttMs === undefined
        ? `เชื่อมต่อโดยตรงด้วย ${reach.transport} ยังไม่ได้วัดเวลาไปกลับ`
        : `เชื่อมต่อโดยตรงด้วย ${reach.transport} ไปกลับ ${ms(reach.rttMs)}`
    case 'relayed': {
      const by = reach.relay === undefined ? 'โหนดรีเลย์' : `โหนดรีเลย์ ${nameOf(reach.relay)}`
      return reach.rttMs === undefined
        ? `เชื่อมต่อผ่าน${by} เพราะยังเชื่อมต่อโดยตรงไม่ได้ ยังไม่ได้วัดเวลาไปกลับ`
        : `เชื่อมต่อผ่าน${by} ไปกลับ ${ms(reach.rttMs)} เพราะยังเชื่อมต่อโดยตรงไม่ได้`
    }
    case 'heard':
      return `ไม่ได้เชื่อมต่อกับเบราว์เซอร์นี้ คนอื่นส่งต่อคำพูดของเขามา ครั้งล่าสุดผ่าน ${nameOf(reach.by)}`
    case 'unheard':
      return 'ไม่ได้เชื่อมต่อกับเบราว์เซอร์นี้ และยังไม่มีเส้นใดที่เชื่อมต่ออยู่นำคำพูดของเขามา'
  }
}

function gossip(mesh: boolean): string {
  return mesh
    ? 'คุณสองคนส่งต่อทุกสิ่งที่พูดกันที่นี่ให้กันทันที'
    : 'สิ่งที่พูดกันที่นี่มาถึงคุณทางเส้นอื่นก่อน เส้นนี้ใช้เพียงบอกกันว่ามีอะไรบ้าง และขอสิ่งที่ขาดไป'
}

function traffic(brought: number, handed: number): string {
  if (brought === 0 && handed === 0) return 'ยังไม่มีข้อความใดผ่านเส้นนี้'
  return `ผ่านเส้นนี้ มี ${messages(brought)}มาถึงคุณเป็นครั้งแรก และส่งออกไป ${messages(handed)}`
}

function person(each: MapPerson, nameOf: NameOf, at: (time: number) => string): readonly string[] {
  const { reach, crossed, keeps, silent, since, knownSince } = each
  return [
    way(each, nameOf),
    ...(reach.kind === 'direct'
      ? [gossip(reach.mesh), traffic(crossed.brought, crossed.handed)]
      : []),
    silent
      ? `ไม่บอกอะไรเกี่ยวกับตัวเอง เหมือนโปรแกรมรุ่น Go เห็นอยู่ในห้องนี้ตั้งแต่ ${at(knownSince)}`
      : `เขาบอกว่าอยู่ที่นี่ตั้งแต่ ${at(since)} อุปกรณ์นี้รู้ตั้งแต่ ${at(knownSince)}`,
    keeps === 0
      ? 'เขายังไม่ได้บอกว่าเก็บข้อความใดของคุณไว้'
      : `เขาบอกว่าเก็บข้อความของคุณไว้ ${messages(keeps)}`,
  ]
}

function relay({
  transport,
  rttMs,
  mesh,
  reserved,
  archive,
  crossed,
}: MapRelay): readonly string[] {
  return [
    rttMs === undefined
      ? `โหนดรีเลย์ เชื่อมต่อด้วย ${transport} ยังไม่ได้วัดเวลาไปกลับ`
      : `โหนดรีเลย์ เชื่อมต่อด้วย ${transport} ไปกลับ ${ms(rttMs)}`,
    'ช่วยแนะนำให้คนรู้จักกัน สิ่งที่ส่งต่อนั้นปลอมหรือแก้ไขไม่ได้',
    reserved ? 'จองที่ไว้ให้เบราว์เซอร์นี้ เพื่อให้คนอื่นหาเจอ' : 'ตอนนี้ไม่ได้จองที่ไว้ให้เบราว์เซอร์นี้',
    ...(archive ? ['เก็บสิ่งที่พูดกันไว้ให้ผู้ที่มาทีหลัง'] : []),
    ...(mesh ? [] : [gossip(false)]),
    traffic(crossed.brought, crossed.handed),
  ]
}

function myself({ people: all, relays }: RoomMap): readonly string[] {
  const direct = all.filter(({ reach }) => reach.kind === 'direct').length
  return [
    'เบราว์เซอร์นี้เป็นหนึ่งในคอมพิวเตอร์ที่รวมกันเป็นห้องนี้ ไม่มีเซิร์ฟเวอร์อยู่ตรงกลาง',
    direct === 0
      ? 'ตอนนี้ไม่มีใครเชื่อมต่อโดยตรง'
      : `สิ่งที่คุณเขียนไปถึง${direct === 1 ? 'คนที่เชื่อมต่ออยู่' : `บางคนใน ${people(direct)}ที่เชื่อมต่ออยู่`}โดยตรง แล้วพวกเขาส่งต่อ`,
    relays.length === 0
      ? 'ไม่ได้เชื่อมต่อกับโหนดรีเลย์ คนใหม่จึงหาไม่เจอ แต่เส้นที่มีอยู่ยังใช้ได้ต่อไป'
      : 'โหนดรีเลย์แนะนำให้คนรู้จักกัน เมื่อเชื่อมต่อกันแล้วก็ไม่ต้องใช้อีก',
  ]
}

export const mapTh: MapText = {
  title: 'ห้องนี้เชื่อมต่อกันอย่างไร',
  lead: 'ทุกเส้นคือการเชื่อมต่อของเบราว์เซอร์นี้ ทุกจุดที่เคลื่อนที่คือข้อความหรือสัญญาณว่ายังอยู่ที่กำลังเดินทาง ซึ่งทำให้ช้าลงเพื่อให้คุณมองเห็น',
  close: 'ปิดแผนที่',
  picture: 'ภาพการเชื่อมต่อ',
  nodes: 'ผู้คนและโหนดรีเลย์',
  you: 'คุณ',
  relay: 'โหนดรีเลย์',
  summary,
  person,
  relayCard: relay,
  myself,
  nodeName: (name, how) => `${name}: ${how}`,
  wayOf: way,
  roundTrip: ms,
  unmeasured: 'ยังไม่ได้วัด',
  back: 'กลับไปดูทั้งห้อง',
  pick: 'เลือกใครสักคนในภาพหรือในตาราง เพื่ออ่านว่าคุณเชื่อมต่อกันอย่างไร',
  table: {
    caption: 'เนื้อหาเดียวกันเป็นตาราง',
    who: 'ใคร',
    way: 'เส้นทาง',
    roundTrip: 'ไปกลับ',
    relay: (transport) => `โหนดรีเลย์ · ${transport}`,
    direct: (transport) => `โดยตรง · ${transport}`,
    relayed: (by) => `ผ่าน ${by}`,
    heard: (by) => `ได้ยินผ่าน ${by}`,
    unheard: 'ตอนนี้ไม่ได้ยิน',
    noLink: 'ไม่มีเส้น',
  },
  legend: {
    direct: 'เชื่อมต่อโดยตรง',
    relay: 'เชื่อมต่อกับโหนดรีเลย์',
    beyond: 'ผ่านโหนดรีเลย์',
    mesh: 'เส้นหนา: ส่งต่อทันที',
    message: 'ข้อความ ในสีของผู้เขียน',
    life: 'สัญญาณว่ายังอยู่',
  },
  last: {
    none: 'ยังไม่มีใครพูดอะไรตั้งแต่เปิดแผนที่ ลองเขียนอะไรสักอย่าง แล้วดูมันออกเดินทาง',
    straight: (author) => `ข้อความล่าสุดของ ${author} มาจากเขาโดยตรง`,
    brought: (author, by = 'คนอื่น') => `ข้อความล่าสุดของ ${author} มาถึงผ่าน ${by}`,
    mine: (to, links) =>
      `ข้อความล่าสุดของคุณออกเดินทาง${links > 3 || to.length < links ? `ทาง ${number.format(links)} เส้น` : `ไปหา ${listed(to)}`}`,
  },
}
