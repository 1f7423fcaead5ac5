import { thPeople } from './th-people.ts'
import { thNetwork } from './th-network.ts'
import { bytes, counted, listed, number, oneOf } from './th-numbers.ts'
import { thScreen } from './th-screen.ts'
import type { Link } from '../network.ts'
import type { Words } from './words.ts'

function ago(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds} วินาทีที่แล้ว`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} นาทีที่แล้ว`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} ชั่วโมงที่แล้ว`
  return `${Math.floor(seconds / 86_400)} วันที่แล้ว`
}

/** A circuit has no other name than its path. */
function wayOf({ path, transport }: Link): string {
  return path === 'direct' ? `${transport}, ${th.path(path)}` : th.path(path)
}

export const th: Words = {
  ...thScreen,
  ...thNetwork,
  ...thPeople,
  summaries: {
    help: 'คำสั่งทั้งหมดที่พิมพ์ได้ที่นี่',
    peers: 'อุปกรณ์นี้เชื่อมต่อกับใคร และทางไหน',
    history: 'ข้อความล่าสุดของห้องนี้',
    nick: 'เปลี่ยนชื่อของคุณ',
    me: 'บอกว่าคุณกำลังทำอะไร',
    join: 'เข้าห้อง',
    leave: 'ออกจากห้อง โดยประวัติยังอยู่ที่นี่',
    rooms: 'ห้องที่คุณเปิดอยู่',
    invite: 'ชวนคนอื่นเข้าห้องนี้: ลิงก์สำหรับแชร์ และคิวอาร์โค้ด',
    notify: 'อะไรของห้องนี้จะแจ้งเตือนเมื่อไม่มีใครดูหน้านี้อยู่ และมีเสียงหรือไม่',
    who: 'มีใครอยู่ในห้องนี้',
    export: 'บันทึกห้องนี้เป็นไฟล์ที่ใครก็ตรวจสอบได้ หรือทุกห้องที่เปิดอยู่ด้วย “all”',
    clear:
      'ลบข้อความที่เก่ากว่าจำนวนวันที่ระบุจากอุปกรณ์นี้ หากไม่ระบุจะลบทั้งหมด ส่วนข้อความที่ไม่มีใครอื่นเก็บไว้จะลบเมื่อใส่ “unsent” เท่านั้น',
    storage: 'อุปกรณ์นี้เก็บอะไรไว้ และอาจถูกลบทิ้งหรือไม่',
    wipe: 'ลบกุญแจ ชื่อ และข้อความทั้งหมดของคุณจากอุปกรณ์นี้',
    ping: 'วัดเดี๋ยวนี้ว่าคนนั้นใช้เวลาตอบเท่าไร',
    mesh: 'ใครส่งต่อข้อความในห้องนี้มาให้คุณ และมาถึงครบเพียงใด',
    relay:
      'โหนดรีเลย์ของคุณ ใช้ “only” เพื่อซ่อนที่อยู่ของคุณจากคนในห้อง หรือ “auto” เพื่อเปิดเผยสำหรับการเชื่อมต่อโดยตรง',
    routing: 'ข้อความไปทางไหนบ้าง มากน้อยและเร็วเพียงใด',
    shrug: 'บอกว่าไม่รู้เหมือนกัน: ¯\\_(ツ)_/¯',
    topic: 'บอกว่าห้องนี้เกี่ยวกับอะไร หรือดูหัวข้อ; “-” ลบหัวข้อ',
    away: 'บอกคนอื่นว่าคุณไม่อยู่ และเพราะอะไรก็ได้',
    back: 'บอกคนอื่นว่าคุณกลับมาแล้ว',
    whois: 'สิ่งที่รู้เกี่ยวกับใครคนหนึ่ง และสิ่งที่พิสูจน์แล้ว',
    block: 'ไม่เห็นอะไรของใครคนหนึ่งอีก ทั้งที่ผ่านมาและต่อจากนี้; ไม่ใส่ชื่อ: ดูว่าบล็อกใครไว้',
    unblock: 'เห็นสิ่งที่ใครคนหนึ่งพูดอีกครั้ง',
    mute: 'ไม่รับการแจ้งเตือนจากใครคนหนึ่งหรือจากห้อง (ห้องนี้ ถ้าไม่ระบุ)',
    unmute: 'รับการแจ้งเตือนอีกครั้ง',
    map: 'แผนที่สดของห้องนี้: ใครเชื่อมต่อกับคุณ และข้อความเดินทางทางใด',
    search: 'ค้นหาข้อความที่เคยพูดในห้องนี้',
    goto: 'ไปยังข้อความที่ค้นพบ หรือไปยังวันที่กำหนด',
    dht: 'ตารางแฮชแบบกระจาย (DHT) รู้อะไรเกี่ยวกับห้องนี้',
    doctor: 'ตรวจเครือข่ายเดี๋ยวนี้ และบอกว่าติดขัดตรงไหน ต้องทำอย่างไร',
    dial: 'เชื่อมต่อกับเพียร์ด้วยที่อยู่',
    conn: 'การเชื่อมต่อของคุณแยกตามชนิด และที่อยู่ของคุณ',
    verbose: 'แสดงเมื่อมีการเชื่อมต่อหรือหลุด',
    keys: 'แป้นพิมพ์ลัดทั้งหมดที่ใช้ได้ที่นี่',
    theme: 'สว่าง มืด หรือตามระบบ ชิดหรือโปร่ง ตัวหนังสือใหญ่ขึ้น เล็กลง หรือปกติ',
    lang: 'ภาษาของโปรแกรมนี้',
    version: 'เวอร์ชันของโปรแกรมนี้',
    quit: 'ออกจากเครือข่าย',
  },
  groups: {
    talk: 'พูดคุย',
    people: 'ผู้คน',
    rooms: 'ห้อง',
    data: 'ประวัติ',
    network: 'เครือข่าย',
    app: 'โปรแกรมนี้',
  },
  lookWords: {
    light: 'สีสว่าง',
    dark: 'สีมืด',
    system: 'สีตามที่ตั้งไว้ในระบบ',
    cosy: 'เว้นบรรทัดโปร่ง',
    compact: 'เว้นบรรทัดชิด',
    larger: 'ตัวหนังสือใหญ่ขึ้น',
    smaller: 'ตัวหนังสือเล็กลง',
    normal: 'ตัวหนังสือขนาดปกติ',
  },
  notifyLevel: (levels) => `ระดับหรือวิธีการแจ้งเตือนของห้อง: ${levels.join(', ')}`,
  notifiesAloud: (on) =>
    on ? 'การแจ้งเตือนมีเสียง ห้องละครั้งจนกว่าคุณจะดู พิมพ์ /notify silent เพื่อปิดเสียง' : 'การแจ้งเตือนไม่มีเสียง',
  notify: (room, level) => {
    switch (level) {
      case 'all':
        return `เมื่อคุณไม่ได้ดูอยู่ จะแจ้งทุกอย่างที่พูดใน ${room}`
      case 'mentions':
        return `เมื่อคุณไม่ได้ดูอยู่ จะแจ้งเมื่อมีคนใน ${room} เอ่ยชื่อคุณ`
      case 'none':
        return `จะไม่แจ้งอะไรของ ${room} แต่ยังนับข้อความใหม่ให้`
    }
  },
  found: (room, total, shown, query) =>
    total === 0
      ? `ข้อความใน ${room} ที่อุปกรณ์นี้เก็บไว้ไม่มีคำว่า “${query}”`
      : total === shown
        ? `พบ ${counted(total, 'ข้อความ')}ที่มี “${query}” ใน ${room}${total === 1 ? '' : ' เรียงจากใหม่ไปเก่า'}:`
        : `พบ ${counted(total, 'ข้อความ')}ที่มี “${query}” ใน ${room} แสดง ${shown} ข้อความล่าสุด:`,
  foundSoFar: (room, total, query, read) =>
    total === 0
      ? `ยังไม่พบ “${query}” ใน ${counted(read, 'ข้อความ')}ล่าสุดของ ${room} กำลังค้นต่อ…`
      : `พบ “${query}” ใน ${counted(total, 'ข้อความ')}จาก ${counted(read, 'ข้อความ')}ล่าสุดของ ${room} กำลังค้นต่อ…`,
  foundUntil: (room, total, query, read) =>
    total === 0
      ? `ไม่พบ “${query}” ใน ${counted(read, 'ข้อความ')}ล่าสุดของ ${room} และไม่ได้ค้นข้อความที่เก่ากว่านั้น`
      : `พบ “${query}” ใน ${counted(total, 'ข้อความ')}จาก ${counted(read, 'ข้อความ')}ล่าสุดของ ${room} และไม่ได้ค้นข้อความที่เก่ากว่านั้น`,
  noSearch: (room) => `ยังไม่ได้ค้นหาอะไรใน ${room} พิมพ์ /search ตามด้วยคำ แล้วพิมพ์ /goto ตามด้วยหมายเลข`,
  nothingSince: (room, at) =>
    `ตั้งแต่ ${new Date(at).toLocaleDateString('th', { dateStyle: 'long' })} ยังไม่มีใครพูดอะไรใน ${room}`,
  entryElsewhere: (room) => `ข้อความนั้นอยู่ใน ${room} แต่ตอนนี้คุณอยู่ในห้องอื่น กลับไปที่นั่นแล้วลองใหม่อีกครั้ง`,
  numberOrDate: () => 'หมายเลขจาก /search ครั้งล่าสุด หรือวันที่เช่น 2026-11-24',
  ago,
  linkCame: (link, name) => `✓ เชื่อมต่อแล้ว: ${name} (${wayOf(link)})`,
  linkWent: (link, name) => `✗ การเชื่อมต่อหลุด: ${name} (${wayOf(link)})`,
  joined: (name) => `${name} เข้ามาในแชต`,
  left: (name) => `${name} ออกจากแชต`,
  commandsTitle: () => 'คำสั่งที่มี:',
  aliases: (names) => `หรือ ${names}`,
  peers: (lines) => [`เพียร์ที่เชื่อมต่ออยู่ (${lines.length}):`, ...lines].join('\n'),
  relayNode: () => 'โหนดรีเลย์',
  direct: () => 'โดยตรง',
  recent: (lines) => ['ข้อความล่าสุด:', ...lines].join('\n'),
  noHistoryLeft: () => 'ไม่เหลืออะไรที่นี่: สิ่งที่พูดไว้ก่อนหน้านี้ถูกลบจากอุปกรณ์นี้แล้ว',
  noHistory: () => 'ยังไม่มีใครพูดอะไรที่นี่',
  renamed: (name) => `ตอนนี้คุณชื่อ ${name}`,
  yourName: (name) => `คุณชื่อ ${name} พิมพ์ /nick ตามด้วยชื่อใหม่เพื่อเปลี่ยน`,
  alone: (room) => `ตอนนี้ไม่มีใครอื่นใน ${room} สิ่งที่คุณเขียนจะรออยู่ที่นี่จนกว่าจะมีคนมา`,
  inRoom: (room, lines) => [`ใน ${room} (${lines.length}):`, ...lines].join('\n'),
  openRooms: (lines) => [`ห้องของคุณ (${lines.length}):`, ...lines].join('\n'),
  openRoom: (name, people, open) =>
    `- ${name} (คนอื่น ${counted(people, 'คน')})${open ? ' · เปิดอยู่' : ''}`,
  leftRoom: (name) => `คุณออกจาก ${name} แล้ว ประวัติของห้องยังอยู่ในอุปกรณ์นี้ พิมพ์ /join ${name} เพื่อกลับเข้าไป`,
  notIn: (name) => `คุณไม่ได้อยู่ใน ${name}`,
  mainRoom: (name) => `${name} เป็นห้องที่ที่อยู่นี้เปิด จึงอยู่ในรายการเสมอ พิมพ์ /join ตามด้วยชื่อห้องอื่นเพื่อไปที่นั่น`,
  numberUpTo: (max) => `ตัวเลขตั้งแต่ 1 ถึง ${number.format(max)}`,
  daysUpTo: (max) => `จำนวนวันตั้งแต่ 0 ถึง ${number.format(max)}`,
  exportScope: (all) => `ห้องที่จะบันทึก: /export บันทึกห้องนี้ /export ${all} บันทึกทุกห้องที่เปิดอยู่`,
  exported: (count, file) =>
    `บันทึก ${counted(count, 'ข้อความ')}ลงใน ${file} แล้ว บรรทัดละข้อความ พร้อมลายเซ็นที่พิสูจน์ได้`,
  notThatWord: (value, line) =>
    `ยังไม่ได้ทำอะไร: ไม่เข้าใจ “${value.slice(0, 80)}” คุณหมายถึง ${line} ใช่ไหม`,
  cleared: (count, days, unsent) => {
    const older = days === 0 ? '' : `ที่เก่ากว่า ${counted(days, 'วัน')} `
    if (count === 0)
      return `ไม่มีข้อความ${older}ให้ลบในอุปกรณ์นี้ และสิ่งที่${days === 0 ? 'พูดไว้ก่อนหน้านี้' : 'เก่ากว่านั้น'}จะไม่มาที่นี่`
    const lost = unsent === 0 ? '' : ` ในจำนวนนี้ ${counted(unsent, 'ข้อความ')}ยังไปไม่ถึงใคร`
    return `ลบ ${counted(count, 'ข้อความ')}${older}จากอุปกรณ์นี้แล้ว และจะไม่กลับมาที่นี่อีก${lost}`
  },
  clearedUpTo: (count, unsent, command) => {
    const gone = count === 0 ? 'ยังไม่ได้ลบอะไร' : `ลบ ${counted(count, 'ข้อความ')}จากอุปกรณ์นี้แล้ว`
    return `${gone}: ${counted(unsent, 'ข้อความ')}ของคุณยังไปไม่ถึงใครและจะสูญหาย จึงเก็บสิ่งที่พูดตั้งแต่จุดนั้นไว้ หากต้องการลบด้วย ให้พิมพ์ ${command}`
  },
  held: (lines) => ['อุปกรณ์นี้เก็บไว้:', ...lines].join('\n'),
  heldRoom: (name, count) => `- ${name} (${counted(count, 'ข้อความ')})`,
  heldInLeft: (count) => `- ห้องที่ไม่ได้เปิดอยู่ (${counted(count, 'ข้อความ')})`,
  heldBytes: (used, quota) =>
    quota === undefined
      ? `รวม ${bytes(used)}`
      : `รวม ${bytes(used)} จาก ${bytes(quota)} ที่เบราว์เซอร์อนุญาต`,
  keeps: (keeps) => {
    switch (keeps) {
      case 'safe':
        return 'จะอยู่จนกว่าคุณจะลบ'
      case 'at-will':
        return 'เบราว์เซอร์อาจลบทิ้งเมื่อดิสก์ใกล้เต็ม เพราะไม่ได้อนุญาตมากกว่านี้ พิมพ์ /export เพื่อบันทึกห้องเป็นไฟล์'
      case 'passing':
        return 'จะหายไปพร้อมกับแท็บนี้: ที่นี่ไม่เก็บอะไรไว้'
    }
  },
  wipe: (command) =>
    `คำสั่งนี้จะลบกุญแจ ชื่อ และข้อความทั้งหมดของคุณจากอุปกรณ์นี้อย่างถาวร ไม่มีใครกู้คืนได้ ส่วนที่คนอื่นเก็บไว้จะยังอยู่กับเขา หากแน่ใจ ให้พิมพ์ ${command}`,
  wiped: () => 'ลบทุกอย่างจากอุปกรณ์นี้แล้ว',
  dialled: (peer) => `เชื่อมต่อกับ ${peer} แล้ว`,
  dialledBefore: (peer) => `มีการเชื่อมต่อโดยตรงกับ ${peer} อยู่แล้ว จึงไม่ได้ลองที่อยู่นี้`,
  offline: () => 'เครือข่ายยังไม่พร้อม โปรดลองอีกครั้งในอีกสักครู่',
  connections: (count, lines) => [`การเชื่อมต่อ (${count}):`, ...lines].join('\n'),
  identity: (id) => `Peer ID ของคุณ: ${id}`,
  dialable: (addresses, relays) => {
    if (addresses === 0) return 'ยังไม่มีใครติดต่อคุณโดยตรงได้'
    const through = relays.map((relay) => `โหนดรีเลย์ ${relay}`)
    return `ติดต่อคุณได้ที่ ${counted(addresses, 'ที่อยู่')}${through.length === 0 ? '' : ` ผ่าน${listed(through)}`}`
  },
  linkAddresses: (count) => `ที่อยู่ของการเชื่อมต่อเหล่านี้ (${number.format(count)})`,
  ownAddresses: (count) => `ที่อยู่ของคุณ (${number.format(count)})`,
  reservation: (held) => (held ? 'มีรีเลย์จองที่ไว้ให้คุณ: คนอื่นติดต่อคุณได้' : 'ไม่มีรีเลย์ใดจองที่ไว้ให้คุณ'),
  verbose: (on) =>
    on ? '✓ เปิดโหมดละเอียดแล้ว (จะแสดงบันทึกการเชื่อมต่อ)' : '✓ ปิดโหมดละเอียดแล้ว (ซ่อนบันทึกการเชื่อมต่อ)',
  version: (version) => `P2P Chat ${version}`,
  keys: () => [
    'แป้นพิมพ์ลัด (บน Mac ใช้ Cmd แทน Ctrl):',
    '- Enter: ส่ง หรือสั่งงานคำสั่ง',
    '- Shift+Enter: ขึ้นบรรทัดใหม่',
    '- / หรือ Ctrl+K: คำสั่งทั้งหมด โดย Ctrl+K จะเก็บสิ่งที่กำลังเขียนไว้ให้',
    '- Tab: เติมสิ่งที่เลือกให้ครบ; ↑ ↓: เลือก',
    '- ↑ ในช่องว่าง: สิ่งที่ส่งล่าสุด; Ctrl+↑ และ Ctrl+↓: ไล่ดูสิ่งที่เคยส่ง',
    '- Ctrl+B, Ctrl+I, Ctrl+E: ทำส่วนที่เลือกเป็นตัวหนา ตัวเอียง หรือโค้ด',
    '- Esc: ปิดรายการ แล้วเลิกเลือก แล้วไปที่ข้อความล่าสุด',
    '- Tab และ Shift+Tab: ไปยังส่วนอื่น ๆ ของหน้า',
    '- ↑ ↓ Home End ในรายการข้อความ: เลื่อนจากข้อความหนึ่งไปอีกข้อความหนึ่ง',
    '- ตัวอักษรใด ๆ ไม่ว่าอยู่ตรงไหน: กลับมาที่ช่องข้อความ',
  ],
  look: ({ theme, density, size }) =>
    `สี: ${THEMES[theme]} · บรรทัด: ${density === 'compact' ? 'ชิด' : 'โปร่ง'} · ตัวหนังสือ: ${number.format(size)}%`,
  looks: (words) => `เปลี่ยนได้ด้วย /theme ตามด้วย ${oneOf(words)}`,
  noSuchLook: (value, words) => `ไม่มีธีมชื่อ “${value.slice(0, 80)}” เลือกได้จาก ${oneOf(words)}`,
  textAtEnd: (percent) => `ตัวหนังสือเป็น ${number.format(percent)}% ซึ่งสุดแล้ว`,
  noLook: () => 'ที่นี่ไม่มีหน้าให้ปรับ: สีและขนาดตัวหนังสือเป็นไปตามเทอร์มินัล',
  language: (name, all) => `นี่คือภาษา${name} เปลี่ยนได้ด้วย /lang ตามด้วย ${oneOf(all)}`,
  spoken: () => 'ตอนนี้ทุกอย่างที่นี่เป็นภาษาไทยแล้ว',
  noSuchLanguage: (value, all) => `โปรแกรมนี้ไม่มีภาษา “${value.slice(0, 80)}” เลือกได้จาก ${oneOf(all)}`,
  notSpoken: (name) => `โหลดภาษา ${name} ไม่ได้ เพราะต้นทางไม่ตอบ โปรดลองใหม่ภายหลัง`,
  goodbye: () => 'คุณออกจากเครือข่ายแล้ว โหลดหน้านี้ใหม่เพื่อกลับมา',
  missing: (signature, argument) => `คำสั่งนี้ต้องมี ${argument}: ${signature}`,
}

const THEMES = { light: 'สว่าง', dark: 'มืด', system: 'ตามระบบ' } as const
