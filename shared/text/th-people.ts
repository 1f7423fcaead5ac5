import type { PeopleWords, Whois } from './people-words.ts'
import { counted, listed, number } from './th-numbers.ts'

const day = new Intl.DateTimeFormat('th', { dateStyle: 'long' })

function path({ link, cameAgo, isMe }: Whois): string {
  if (isMe) return 'นี่คืออุปกรณ์นี้'
  if (link === undefined)
    return cameAgo === undefined ? 'ตอนนี้ไม่อยู่ในห้องนี้' : 'ได้ยินผ่านคนอื่น อุปกรณ์นี้ไม่ได้เชื่อมต่อกับเขา'
  const rtt = link.rttMs === undefined ? [] : [`${Math.max(1, Math.round(link.rttMs))} ms`]
  return link.path === 'direct'
    ? `เชื่อมต่อโดยตรง (${[link.transport, ...rtt].join(', ')}) การเชื่อมต่อเข้ารหัสถึงกุญแจของเขา ปลายอีกด้านจึงไม่ใช่ใครอื่น`
    : `เชื่อมต่อผ่านรีเลย์${rtt.map((time) => ` (${time})`).join('')} การเชื่อมต่อเข้ารหัสถึงกุญแจของเขา รีเลย์อ่านหรือแก้ไขไม่ได้`
}

function proved({ isMe, silent }: Whois): string {
  if (isMe) return 'พิสูจน์แล้ว: มีแต่อุปกรณ์นี้ที่ลงลายเซ็นด้วยกุญแจของคุณได้'
  return silent
    ? 'พิสูจน์แล้ว: ข้อความของเขาลงลายเซ็นด้วยกุญแจนี้เมื่อส่งต่อมา และตรวจที่นี่ทุกข้อความ เพียร์ของระบบ Go ไม่บอกอะไรเกี่ยวกับตัวเองมากกว่านี้ ยังไม่พิสูจน์: ใครถือกุญแจนี้'
    : 'พิสูจน์แล้ว: สิ่งที่แสดงที่นี่ภายใต้กุญแจนี้ลงลายเซ็นด้วยกุญแจนี้ และอุปกรณ์นี้ตรวจทุกลายเซ็น ยังไม่พิสูจน์: ใครถือกุญแจนี้ ส่วนชื่อนั้นใครก็ใช้ได้'
}

function whois(who: Whois): string {
  const { id, name, isMe, formerly, cameAgo, knownSince, seenAgo, seenIn, away, keeps } = who
  const lines = [
    isMe ? `คุณคือ ${name} กุญแจของคุณคือ ${id}` : `${name} มีกุญแจ ${id}`,
    ...(formerly.length === 0 ? [] : [`เคยใช้ชื่อ ${listed(formerly)}`]),
    ...(cameAgo === undefined ? [] : [`เข้าห้องนี้ ${cameAgo} ตามที่เขาบอกเอง`]),
    ...(knownSince === undefined || isMe ? [] : [`อุปกรณ์นี้รู้จักตั้งแต่ ${day.format(knownSince)}`]),
    ...(cameAgo !== undefined || seenAgo === undefined || seenIn === undefined
      ? []
      : [`เห็นล่าสุด ${seenAgo} ใน ${seenIn}`]),
    ...(away === undefined ? [] : [thPeople.isAway(away)]),
    path(who),
    ...(keeps === undefined
      ? []
      : keeps === 0
        ? ['เขายังไม่ได้บอกว่าเก็บข้อความของคุณในห้องนี้ไว้']
        : [`เขาบอกว่าเก็บข้อความของคุณในห้องนี้ไว้ ${counted(keeps, 'ข้อความ')}`]),
    ...(who.blocked ? ['คุณบล็อกเขาไว้ ที่นี่จึงไม่แสดงอะไรของเขา'] : []),
    ...(who.muted ? ['ปิดเสียงอยู่: สิ่งที่เขาพูดไม่แจ้งเตือน'] : []),
    proved(who),
  ]
  return lines.join('\n')
}

export const thPeople: PeopleWords = {
  nobodyCalled: (typed) =>
    `ไม่มีใครที่นี่ชื่อ “${typed.slice(0, 80)}” ทั้งตอนนี้และเมื่อเร็ว ๆ นี้ พิมพ์ /who เพื่อดูว่ามีใครบ้าง หรือพิมพ์กุญแจทั้งหมดก็ได้`,
  severalCalled: (typed, shown, all) =>
    `มีหลายคนชื่อ “${typed.slice(0, 80)}” หรือชื่อคล้ายกัน หมายถึงใคร?${
      shown === all
        ? ''
        : ` แสดง ${number.format(shown)} จาก ${number.format(all)} คน: หากหมายถึงคนอื่น ให้พิมพ์ชื่อตามด้วยอักขระหกตัวท้ายของกุญแจที่อยู่ข้างชื่อของเขา`
    }`,
  whois,
  notYourself: () => 'นั่นคือตัวคุณเอง',
  nowBlocked: (who) =>
    `บล็อก ${who} แล้ว: อุปกรณ์นี้ไม่แสดงอะไรของเขา ทั้งที่ผ่านมาและต่อจากนี้ เขาจะไม่ได้รับแจ้ง และสิ่งที่เขาพูดยังถูกเก็บและส่งต่อ พิมพ์ /unblock เพื่อแสดงทั้งหมดอีกครั้ง`,
  nowUnblocked: (who) => `เลิกบล็อก ${who} แล้ว: สิ่งที่เขาพูดแสดงอีกครั้ง`,
  notBlocked: (who) => `${who} ไม่ได้ถูกบล็อก`,
  blockedPeople: (all) =>
    all.length === 0
      ? 'คุณยังไม่ได้บล็อกใคร พิมพ์ /block ตามด้วยชื่อเพื่อซ่อนทุกอย่างที่คนนั้นพูด'
      : [`คุณบล็อกไว้ (${number.format(all.length)}):`, ...all.map((who) => `- ${who}`)].join('\n'),
  mutedRoom: (room, on) =>
    on
      ? `ปิดเสียง ${room} แล้ว: ข้อความยังแสดงแต่ไม่แจ้งเตือน พิมพ์ /unmute #${room} เพื่อเลิก`
      : `${room} ไม่ได้ปิดเสียง`,
  mutedPerson: (who, on) =>
    on ? `ปิดเสียง ${who} แล้ว: สิ่งที่เขาพูดยังแสดงแต่ไม่แจ้งเตือน พิมพ์ /unmute เพื่อเลิก` : `${who} ไม่ได้ปิดเสียง`,
  invite: (room, relays) =>
    `ใครเปิดที่อยู่นี้ก็อยู่ใน ${room} ทันที${
      relays === 0 ? '' : ` ลิงก์นี้ระบุโหนดรีเลย์อื่นอีก ${counted(relays, 'โหนด')}ที่มีห้องนี้ไว้ เผื่อโหนดนี้ไม่ตอบ`
    }`,
  nowAway: (why) => `คุณไม่อยู่${why === '' ? '' : `: ${why}`} ทุกคนในห้องของคุณเห็นจนกว่าจะพิมพ์ /back`,
  nowBack: () => 'คุณกลับมาแล้ว',
  notAway: () => 'คุณไม่ได้ตั้งว่าไม่อยู่',
  isAway: (why) => (why === '' ? 'ไม่อยู่' : `ไม่อยู่: ${why}`),
  reasonUpTo: (max) => `เหตุผลยาวไม่เกิน ${number.format(max)} ตัวอักษร`,
  topicUpTo: (max) => `หัวข้อยาวไม่เกิน ${number.format(max)} ตัวอักษรที่มองเห็น`,
  topicIs: (topic, by, ago) => `หัวข้อ: ${topic}\nตั้งโดย ${by} ${ago} พิมพ์ /topic - เพื่อลบ`,
  noTopic: (room) => `${room} ยังไม่มีหัวข้อ พิมพ์ /topic ตามด้วยคำสั้น ๆ เพื่อตั้งให้ทุกคน`,
  untilReload: (failure) => `จะลืมเมื่อเปิดครั้งหน้า ${failure}`,
}
