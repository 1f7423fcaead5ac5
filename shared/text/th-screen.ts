import type { Connection } from '../connection.ts'
import type { Failure, StorageCause } from '../failure.ts'
import { NAME_MAX_GRAPHEMES } from '../limits.ts'
import { counted, number } from './th-numbers.ts'
import type { ArchiveRefusal } from '../relay-word.ts'
import type { ScreenWords } from './screen-words.ts'

function connection(state: Connection): string {
  switch (state.kind) {
    case 'live':
      return `ออนไลน์ · ${state.people}`
    case 'relay-only':
      return `ผ่านรีเลย์ · ${state.people}`
    case 'reconnecting':
      return 'กำลังเชื่อมต่อใหม่…'
    case 'offline':
      return state.queued > 0 ? `ออฟไลน์ · รอส่ง ${state.queued}` : 'ออฟไลน์'
  }
}

function badName(why: Extract<Failure, { kind: 'bad-name' }>['why']): string {
  switch (why) {
    case 'empty':
      return 'ชื่อต้องมีอักขระที่มองเห็นได้อย่างน้อยหนึ่งตัว'
    case 'too-long':
      return `ชื่อยาวได้ไม่เกิน ${NAME_MAX_GRAPHEMES} อักขระ`
    case 'official':
      return 'ชื่อต้องไม่เหมือนชื่อที่ใช้ตอบคำสั่ง: เลือกชื่ออื่น'
  }
}

function failure(why: Failure): string {
  switch (why.kind) {
    case 'too-large':
      return why.unit === 'bytes'
        ? `ยาวเกินไป: เมื่อส่งจะเป็น ${number.format(why.actual)} ไบต์ แต่ส่งได้ไม่เกิน ${number.format(why.limit)} ไบต์`
        : `ยาวเกินไป: ${number.format(why.actual)} อักขระ แต่ส่งได้ไม่เกิน ${number.format(why.limit)} อักขระ`
    case 'malformed':
      return 'อ่านไม่ได้'
    case 'refused-by-all':
      return 'ไม่ใช่ข้อความแชต'
    case 'bad-signature':
      return 'ลายเซ็นไม่ตรงกัน'
    case 'wrong-room':
      return 'เขียนถึงห้องอื่น'
    case 'not-the-signer':
      return 'ผู้ลงลายเซ็นไม่ใช่ผู้ส่ง'
    case 'newer-version':
      return 'มาจากโปรแกรมเวอร์ชันใหม่กว่า'
    case 'from-the-future':
      return `นาฬิกาของต้นทางเร็วไป ${counted(Math.round(why.aheadMs / 1_000), 'วินาที')}`
    case 'below-the-floor':
      return 'เก่ากว่าที่อุปกรณ์นี้เก็บไว้'
    case 'too-fast':
      return 'ส่งหลายข้อความพร้อมกันมากเกินไป'
    case 'bad-room-name':
      return `ใช้ “${why.name.slice(0, 80)}” เป็นชื่อห้องไม่ได้: ใช้ตัวอักษรอังกฤษ ตัวเลข จุด ขีด หรือขีดล่าง 1–64 ตัว และขึ้นต้นด้วยตัวอักษรหรือตัวเลข`
    case 'bad-name':
      return badName(why.why)
    case 'bad-address':
      return `“${why.address.slice(0, 120)}” ไม่ใช่ที่อยู่ ที่อยู่มีหน้าตาแบบนี้: /ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…`
    case 'nothing-to-say':
      return 'ไม่มีอะไรให้ส่ง'
    case 'unreachable':
      return `ติดต่อไม่ได้: ${why.what}`
    case 'storage-full':
      return 'อุปกรณ์นี้ไม่มีที่ว่างเหลือ จึงเก็บไม่ได้ พิมพ์ /clear 30 เพื่อลบสิ่งที่เก่ากว่า 30 วันจากที่นี่ หรือ /storage เพื่อดูว่าเก็บอะไรไว้บ้าง'
    case 'storage-failed':
      return `อุปกรณ์นี้เก็บไม่ได้${because(why.cause)}`
    case 'unknown-command':
      return why.suggestion === undefined
        ? `ไม่รู้จักคำสั่ง /${why.name} (พิมพ์ /help เพื่อดูคำสั่งที่มี)`
        : `ไม่รู้จักคำสั่ง /${why.name} คุณหมายถึง /${why.suggestion} ใช่ไหม`
    case 'surplus-argument':
      return `ยังไม่ได้ทำอะไร: “${why.value.slice(0, 80)}” เกินจากที่ ${why.signature} รับ`
    case 'bad-argument':
      return `/${why.command}: ใช้ “${why.value.slice(0, 80)}” ไม่ได้ ต้องเป็น ${why.argument}`
  }
}

const CAUSES: { readonly [C in StorageCause]: string } = {
  closed: 'เบราว์เซอร์ปิดพื้นที่จัดเก็บ และจะเปิดใหม่ โปรดลองอีกครั้ง',
  forbidden: 'เบราว์เซอร์ไม่อนุญาตให้จัดเก็บที่นี่',
  newer: 'โปรแกรมเวอร์ชันใหม่กว่าเป็นผู้เขียน',
  broken: 'พื้นที่จัดเก็บของเบราว์เซอร์ขัดข้อง โปรดลองอีกครั้ง',
}

/** What else there is to say of it is in English, for a log. */
function because(cause: StorageCause | undefined): string {
  return cause === undefined ? '' : `: ${CAUSES[cause]}`
}

const REFUSALS: { readonly [R in ArchiveRefusal]: string } = {
  full: 'ดิสก์เต็ม',
  failed: 'ดิสก์ไม่ยอมเขียน',
  clock: 'นาฬิกาช้าไปมาก',
}

export const thScreen: ScreenWords = {
  locale: 'th',
  failure,
  damaged: (count) => `พบ ${counted(count, 'ข้อความ')}ในอุปกรณ์นี้เสียหาย กำลังขอจากคนอื่นมาใหม่`,
  unread: (why) =>
    why.kind === 'storage-full'
      ? 'อ่านข้อความเก่าไม่ได้ขณะที่อุปกรณ์นี้ไม่มีที่ว่าง โปรดเพิ่มที่ว่าง แล้วเลื่อนขึ้นอีกครั้ง'
      : `อ่านข้อความเก่าไม่ได้${why.kind === 'storage-failed' ? because(why.cause) : `: ${failure(why)}`} เลื่อนขึ้นเพื่อลองอีกครั้ง`,
  connection,
  path: (path) => (path === 'direct' ? 'โดยตรง' : path === 'relayed' ? 'ผ่านรีเลย์' : 'ผ่านคนอื่น'),
  refusal: (why) => REFUSALS[why],
  notices: (state) => {
    switch (state) {
      case 'blocked':
        return 'เบราว์เซอร์นี้บล็อกการแจ้งเตือนของหน้านี้ โปรดอนุญาตในการตั้งค่าของเว็บไซต์นี้'
      case 'unasked':
        return 'ต้องอนุญาตในเบราว์เซอร์ก่อน: จะถามเมื่อคุณพลาดข้อความที่เอ่ยชื่อคุณ'
      case 'never':
        return 'ที่นี่แสดงการแจ้งเตือนไม่ได้'
    }
  },
  goneEntry: () => 'ข้อความนี้ไม่อยู่ในอุปกรณ์นี้แล้ว หรือคุณบล็อกผู้เขียนไว้',
  entryInLeft: (room) => `คุณไม่ได้อยู่ใน ${room} แล้ว พิมพ์ /join ${room} เพื่อกลับเข้าไป`,
  notLoaded: () => 'โหลดส่วนนี้ไม่ได้: ที่ซึ่งหน้านี้มาไม่ตอบ ลองใหม่อีกครั้งในอีกสักครู่',
}
