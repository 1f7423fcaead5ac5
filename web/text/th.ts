import { thCompany } from './th-company.ts'
import type { Connection } from '../../shared/connection.ts'
import { thScreen } from '../../shared/text/th-screen.ts'
import { counted, listed, number } from '../../shared/text/th-numbers.ts'
import { spanIn } from '../../shared/text/numbers.ts'
import type { Text } from './en.ts'
import type { Whereabouts } from './whereabouts.ts'

/** Names in one line, so that a hundred arrivals are still one line. */
function names(all: readonly string[]): string {
  const more = `อีก ${counted(all.length - 3, 'คน')}`
  return listed(all.length > 4 ? [...all.slice(0, 3), more] : all)
}

/** One sentence: what the connection is, and what that means for what one writes. */
function why(connection: Connection | undefined): string {
  switch (connection?.kind) {
    case undefined:
      return 'กำลังเปิดสิ่งที่อุปกรณ์นี้เก็บไว้'
    case 'live':
      if (connection.hidden)
        return 'โหมดรีเลย์เท่านั้น: คุณเชื่อมต่อกับรีเลย์แล้ว ยังไม่มีใครอื่นในห้องนี้ และคนที่เข้ามาจะไม่เห็นที่อยู่ของอุปกรณ์นี้ พิมพ์ /relay auto เพื่อเลิกใช้'
      return connection.people === 0
        ? 'คุณเชื่อมต่อกับรีเลย์แล้ว และยังไม่มีใครอื่นในห้องนี้ แชร์ที่อยู่ของห้อง แล้วคนที่เปิดก็จะอยู่ที่นี่'
        : 'อุปกรณ์นี้เชื่อมต่อกับคนในห้องโดยตรง: สิ่งที่คุณเขียนไปถึงได้โดยไม่ต้องพึ่งเซิร์ฟเวอร์'
    case 'relay-only':
      if (connection.hidden)
        return 'โหมดรีเลย์เท่านั้น: ข้อความของคุณผ่านรีเลย์ จึงไม่มีใครในห้องเห็นที่อยู่ของอุปกรณ์นี้ พิมพ์ /relay auto เพื่อเลิกใช้'
      return 'ข้อความของคุณผ่านรีเลย์ เพราะเชื่อมต่อกับคนที่นี่โดยตรงไม่ได้ ซึ่งบางเครือข่ายไม่อนุญาตเลย แต่ข้อความก็ยังไปถึง และรีเลย์แก้ไขไม่ได้'
    case 'reconnecting':
      return 'เครือข่ายเพิ่งหลุดไปเมื่อครู่ และหน้านี้กำลังหาอยู่'
    case 'offline':
      return 'อุปกรณ์นี้ติดต่อใครในห้องนี้ไม่ได้ สิ่งที่คุณเขียนเก็บไว้ที่นี่ และจะส่งออกไปเองเมื่อมีคนอยู่'
  }
}

/** Where one of my own messages is; never more than somebody else has proved. */
function delivery(where: Whereabouts | undefined): string {
  switch (where?.state) {
    case undefined:
      return 'กำลังเก็บลงอุปกรณ์นี้'
    case 'refused':
      return 'ไม่ได้เก็บลงอุปกรณ์นี้'
    case 'queued':
      return `รออยู่ในอุปกรณ์นี้: ยังไม่มีใครอื่นได้รับ${notArchived(where)}`
    case 'sent':
      return `ส่งต่อให้คนอื่นแล้ว แต่ยังไม่มีใครยืนยันว่าเก็บไว้${notArchived(where)}`
    case 'returned':
      return 'ได้คืนจากคนอื่น: อุปกรณ์นี้เคยทำหายไป'
    case 'stored':
      return `${stored(where.devices, where.others, where.archive)}${notArchived(where)}`
  }
}

function notArchived({ refusal, unkept = false }: Whereabouts): string {
  if (refusal !== undefined) return ` คลังของรีเลย์ไม่เก็บอะไรใหม่ (${thScreen.refusal(refusal)})`
  return unkept ? ' คลังของรีเลย์ไม่เก็บข้อความของคุณเพิ่ม: ส่วนของคุณในห้องนี้เต็มแล้ว' : ''
}

/** This device is one of those that it counts. */
function stored(devices: number, others: number, archive: boolean): string {
  const all = counted(Math.max(devices, others) + 1, 'เครื่อง')
  if (devices > 0)
    return `เก็บไว้ใน ${number.format(devices + 1)} จาก ${all}${archive ? ' และในคลังของรีเลย์' : ''}`
  return archive ? 'เก็บไว้ในอุปกรณ์นี้และในคลังของรีเลย์' : 'มีคนอื่นเก็บไว้อย่างน้อยหนึ่งคน'
}

export const th: Text = {
  words: thScreen,
  answers: async () => (await import('../../shared/text/th.ts')).th,
  product: 'P2P Chat',
  title: (room, unread) => `${unread > 0 ? `(${unread}) ` : ''}${room} · P2P Chat`,

  message: 'ข้อความ',
  messages: 'รายการข้อความ',
  rooms: 'ห้อง',
  people: 'ผู้คน',
  commands: 'คำสั่ง',
  connection: 'การเชื่อมต่อ',
  system: 'ระบบ',
  you: 'คุณ',
  guest: 'ผู้เยี่ยมชม',
  skip: 'ข้ามไปที่ช่องข้อความ',
  close: 'ปิด',

  articleName: (author, text) => `${author}: ${text}`,
  action: (name, text) => `* ${name} ${text}`,
  fromNewer: 'มาจากโปรแกรมเวอร์ชันใหม่กว่า:',
  arrivedLate: 'มาถึงทีหลัง',
  twin: 'ลงลายเซ็นซ้ำ: ผู้เขียนลงลายเซ็นข้อความอื่นภายใต้หมายเลขเดียวกัน อย่าเพิ่งเชื่อข้อความใดจนกว่าจะได้ถามเขา',
  ownTwin:
    'คุณเขียนทั้งที่นี่และในสำเนาของโปรไฟล์เบราว์เซอร์นี้พร้อมกัน เมื่อใช้กุญแจเดียวกันทั้งสองจะรบกวนกัน: พิมพ์ /wipe everything ในที่หนึ่ง แล้วที่นั้นจะเริ่มใหม่เป็นคนอื่น',
  delivery,
  retry: 'ลองใหม่',
  discard: 'ทิ้ง',
  dismiss: 'ปิดคำตอบนี้',
  came: (all) => `${names(all)} เข้ามา`,
  went: (all) => `${names(all)} ออกไป`,
  renamed: (was, name) => `${was} เปลี่ยนชื่อเป็น ${name}`,
  edge: {
    older: 'ข้อความเก่ากว่านี้…',
    fetching: 'กำลังดึงข้อความก่อนหน้านี้…',
    asking: 'กำลังขอข้อความก่อนหน้านี้จากคนที่นี่…',
    beginning: 'จุดเริ่มต้นของสิ่งที่อุปกรณ์นี้เก็บไว้',
    beginningForAll: 'จุดเริ่มต้นของสิ่งที่อุปกรณ์นี้และคนที่นี่เก็บไว้',
  },
  newMessages: 'ข้อความใหม่',
  lateAbove: (n) => `มาถึงทีหลัง ${counted(n, 'ข้อความ')} อยู่ด้านบน`,
  jump: (fresh) => (fresh === 0 ? 'ไปที่ล่าสุด' : `ไปที่ล่าสุด · ใหม่ ${number.format(fresh)}`),
  today: 'วันนี้',
  yesterday: 'เมื่อวาน',

  company: thCompany,
  mentioned: (n) => (n === 1 ? '@ คุณ' : `@ คุณ ${number.format(n)}×`),
  notice: {
    title: (room, count) => (count === 1 ? room : `${room} · ใหม่ ${number.format(count)}`),
    said: (name, content) => `${name}: ${content}`,
    missed: 'มีคนเอ่ยชื่อคุณตอนที่คุณไม่อยู่',
    wanted: 'ต้องอนุญาตการแจ้งเตือนในเบราว์เซอร์ก่อน',
    allow: 'แจ้งเตือนฉัน',
    decline: 'ไว้ทีหลัง',
  },
  update: {
    there: 'มีเวอร์ชันใหม่',
    reload: 'โหลดใหม่',
  },
  map: {
    open: 'แผนที่ของห้อง',
    loading: 'กำลังวาดแผนที่…',
    notLoaded: 'โหลดแผนที่ไม่ได้ เพราะที่ที่หน้านี้มาจากไม่ตอบ /peers กับ /who บอกเรื่องเดียวกันเป็นข้อความ',
    tryAgain: 'ลองอีกครั้ง',
  },

  notInstalled:
    'หน้านี้ติดตั้งเป็นแอปที่นี่ไม่ได้ (เบราว์เซอร์ไม่รู้จักใบรับรอง หรือเป็นหน้าต่างส่วนตัว) จึงเปิดได้เฉพาะตอนที่รีเลย์ตอบ',
  emptyFetching: (room) => `กำลังหาสิ่งที่พูดไว้ใน ${room}…`,
  emptyTitle: (room) => `ยังไม่มีใครพูดอะไรใน ${room}`,
  emptyCleared: (room) => `สิ่งที่พูดไว้ใน ${room} ถูกลบจากอุปกรณ์นี้แล้ว`,
  emptyPromise: 'ใครเปิดที่อยู่นี้ก็อยู่ในห้องทันที: ไม่ต้องติดตั้ง ไม่ต้องมีบัญชี และสิ่งที่คุณเขียนไม่หายไปไหน',
  emptyWaiting: 'คุณเขียนได้เลย ข้อความจะรออยู่ที่นี่จนกว่าจะมีคนมา',
  share: 'ที่อยู่สำหรับแชร์',
  shareIt: 'แชร์',
  qr: 'คิวอาร์โค้ดของที่อยู่นี้',
  onlyHere: 'ที่อยู่นี้นำมาที่อุปกรณ์นี้เอง คนที่อื่นเปิดไม่ได้: โปรดเปิดหน้านี้ด้วยที่อยู่ที่คนอื่นเข้าถึงได้ แล้วแชร์ที่อยู่นั้น',
  copy: 'คัดลอก',
  copied: 'คัดลอกแล้ว',
  copyCode: 'คัดลอกโค้ด',
  code: (language) => (language === '' ? 'โค้ด' : `โค้ด ${language}`),
  copyByHand: 'เลือกที่อยู่แล้วคัดลอกเอง',
  codeByHand: 'เลือกโค้ดไว้ให้แล้ว คัดลอกเองได้เลย',

  placeholder: (room) => `เขียนถึง ${room} หรือ / เพื่อดูคำสั่ง`,
  placeholderShort: 'เขียน หรือ / เพื่อดูคำสั่ง',
  send: 'ส่ง',
  left: (points) =>
    points >= 0 ? `เหลือ ${number.format(points)}` : `เกินมา ${number.format(-points)}`,
  pickHint: (runs: boolean) => `↑↓ เลือก · Tab เติมให้ครบ · Enter ${runs ? 'สั่งงาน' : 'ใช้'} · Esc ปิด`,
  example: (text) => `เช่น ${text}`,

  yourName: 'ชื่อของคุณ',
  change: 'เปลี่ยน',
  joinRoom: 'เข้าห้องอื่น',
  menu: {
    title: 'เมนู',
    invite: 'ชวนคนอื่น',
    search: 'ค้นหาข้อความ',
    theme: 'สีและขนาดตัวหนังสือ',
    lang: 'ภาษา · Language',
    help: 'คำสั่งทั้งหมด',
  },
  draft: 'ฉบับร่าง',
  unread: (n) => `ใหม่ ${number.format(n)}`,

  thisDevice: 'อุปกรณ์นี้',
  roundTrip: (ms) => `${Math.max(1, Math.round(ms))} ms`,
  since: (time) => `ตั้งแต่ ${time}`,
  silent: 'ไม่แสดงสถานะ',
  nobody: 'ตอนนี้ไม่มีใครอื่นอยู่ที่นี่',

  pill: {
    why,
    opening: 'กำลังเปิด…',
    mute: 'หน้านี้เปิดแชตไม่ได้ สิ่งที่คุณเขียนจะอยู่ในช่องข้อความ',
    showLinks: 'ดูการเชื่อมต่อ',
    tryNow: 'ลองเดี๋ยวนี้',
  },

  elsewhere: {
    title: 'แชตนี้เปิดอยู่ในแท็บอื่น',
    why: 'ทีละแท็บเท่านั้นที่เขียนประวัติของคุณ เพื่อไม่ให้มีอะไรหายหรือซ้ำ แท็บนี้จะทำงานต่อเองเมื่อปิดแท็บนั้น',
    useHere: 'ใช้ที่นี่',
    guest: 'เข้าเป็นผู้เยี่ยมชม',
    asked: 'กำลังขอจากแท็บนั้น…',
  },
  quit: {
    title: 'คุณออกจากเครือข่ายแล้ว',
    why: 'ชื่อและข้อความของคุณยังอยู่ในอุปกรณ์นี้',
    whyGuest: 'คุณเป็นผู้เยี่ยมชม จึงไม่มีอะไรเก็บไว้ในอุปกรณ์นี้ และเมื่อกลับเข้ามา คุณจะเป็นคนใหม่',
    back: 'กลับเข้ามา',
  },

  wipe: {
    title: 'กำลังลบทุกอย่างจากอุปกรณ์นี้…',
    why: 'จากนั้นหน้านี้จะเริ่มใหม่ และคุณจะเป็นคนใหม่',
    failed: 'ลบได้ไม่หมด',
    byHand:
      'ปิดแท็บอื่นของแชตนี้ โหลดหน้านี้ใหม่ แล้วพิมพ์ /wipe everything อีกครั้ง หรือลบข้อมูลของเว็บไซต์นี้ในการตั้งค่าของเบราว์เซอร์',
  },

  badRoom: {
    looks: (address) => `ที่อยู่ของห้องมีหน้าตาแบบนี้ ${address}`,
    back: (room) => `ไปที่ ${room}`,
    reserved: 'นี่คือที่อยู่ของห้องส่วนตัว ซึ่งเวอร์ชันนี้ยังเปิดไม่ได้',
  },
  troubles: {
    insecure:
      'ที่อยู่นี้ไม่ปลอดภัย เบราว์เซอร์จึงไม่ให้กุญแจสำหรับลงลายเซ็น: โปรดเปิดหน้านี้ด้วย https หรือที่ http://localhost',
    insecureBut:
      'ที่อยู่นี้ไม่ปลอดภัย เบราว์เซอร์จึงไม่ให้กุญแจสำหรับลงลายเซ็น: โปรดเปิดหน้านี้ด้วย https ซึ่งเบราว์เซอร์จะถามหนึ่งครั้งว่าคุณเชื่อถือหรือไม่',
    tooOld: 'เบราว์เซอร์นี้ลงลายเซ็นข้อความไม่ได้ (Ed25519): โปรดอัปเดต หรือเปิดหน้านี้ในเบราว์เซอร์อื่น',
    newer:
      'โปรแกรมเวอร์ชันใหม่กว่าเขียนข้อมูลไว้ในอุปกรณ์นี้ และเวอร์ชันนี้อ่านไม่ได้: โหลดหน้านี้ใหม่เพื่อใช้เวอร์ชันใหม่ ไม่มีอะไรหาย และสิ่งที่คุณเขียนจะอยู่ในช่องจนถึงตอนนั้น',
    forgetful: {
      forbidden: 'เบราว์เซอร์นี้ไม่เก็บอะไรไว้ที่นี่ (หน้าต่างส่วนตัว หรือห้ามจัดเก็บ): ชื่อและข้อความจะหายไปพร้อมกับแท็บนี้',
      failed:
        'เปิดสิ่งที่เบราว์เซอร์เก็บไว้ให้หน้านี้ไม่ได้ (ดิสก์อาจเต็ม): เพิ่มที่ว่าง แล้วโหลดหน้านี้ใหม่ จนถึงตอนนั้นคุณจะเป็นคนใหม่ และไม่มีอะไรถูกเก็บไว้',
    },
    takenAway:
      'เบราว์เซอร์ลบสิ่งที่หน้านี้เก็บไว้ในอุปกรณ์นี้ สิ่งที่อยู่บนหน้าจอยังอยู่ คุณยังเป็นคนเดิม และทั้งสองอย่างถูกเก็บไว้ใหม่แล้ว ส่วนที่เก่ากว่านั้นจะขอจากคนอื่น',
    emptied:
      'เบราว์เซอร์พบว่าไฟล์ของตนเสียหาย และลบสิ่งที่หน้านี้เก็บไว้ในอุปกรณ์นี้ รวมถึงกุญแจของคุณ: คุณเป็นคนใหม่ และสิ่งที่พูดไว้จะขอจากคนอื่น',
    keyless: 'กุญแจของคุณในอุปกรณ์นี้หายไปหรืออ่านไม่ได้ คุณจึงเป็นคนใหม่ สิ่งที่พูดไว้ยังอยู่ที่นี่ โดยมีลายเซ็นของคนที่คุณเคยเป็น',
    outdated: 'เปิดหน้านี้เวอร์ชันใหม่กว่าในแท็บอื่นแล้ว: โหลดหน้านี้ใหม่เพื่อทำงานต่อ',
    noRelay: (host, answers) =>
      `${host} ${answers ? 'ตอบ แต่ไม่ใช่อย่างโหนดรีเลย์ (หน้าเข้าสู่ระบบ พร็อกซี หรือโปรแกรมอื่น?)' : 'ไม่ตอบ'} จึงหาคนใหม่ไม่พบ สิ่งที่คุณเขียนเก็บไว้แล้ว และจะส่งออกไปเองเมื่อกลับมาใช้ได้`,
    // What the browser says of it is in English, for whoever develops.
    noNetwork: 'อุปกรณ์นี้ไม่ได้ต่อเครือข่าย สิ่งที่คุณเขียนจะเก็บไว้ที่นี่ และส่งออกไปเองเมื่อกลับมาเชื่อมต่อได้',
    noNode: () => 'เริ่มเครือข่ายไม่ได้: โหลดหน้านี้ใหม่เพื่อลองอีกครั้ง',
    noWebRtc: 'เบราว์เซอร์นี้ไม่มี WebRTC ข้อความจึงผ่านรีเลย์: ไปถึงเช่นกัน เพียงแต่ไม่ใช่โดยตรง',
    clock: (behindMs) =>
      `นาฬิกาของอุปกรณ์นี้${behindMs > 0 ? 'ช้า' : 'เร็ว'}ไป ${spanIn('th', Math.abs(behindMs))}: ข้อความจะลงเวลาตามนาฬิกาของคนอื่น โปรดตั้งให้ตรงเมื่อสะดวก`,
    clockDisputed: (aheadMs) =>
      `นาฬิกาของโหนดรีเลย์เร็วกว่าของอุปกรณ์นี้ ${spanIn('th', aheadMs)}: มีเครื่องหนึ่งผิด ระหว่างที่ยังไม่มีใครบอกได้ ข้อความจะลงเวลาตามนาฬิกาของอุปกรณ์นี้ โปรดตั้งให้ตรงหากเครื่องนี้ผิด`,
  },
  dismissTrouble: 'ปิด',
}
