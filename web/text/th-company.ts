import { listed, number } from '../../shared/text/th-numbers.ts'
import type { enCompany } from './en-company.ts'

/** So many who write are named. */
const NAMED_MAX = 3

export const thCompany: typeof enCompany = {
  writing: (names) => {
    const more = names.length - NAMED_MAX
    const others = more > 0 ? [`อีก ${number.format(more)} คน`] : []
    return `${listed([...names.slice(0, NAMED_MAX), ...others])} กำลังพิมพ์…`
  },
  isAway: (why) => (why === '' ? 'ไม่อยู่' : `ไม่อยู่: ${why}`),
  youAreAway: (why) => (why === '' ? 'คนอื่นเห็นว่าคุณไม่อยู่' : `คนอื่นเห็นว่าคุณไม่อยู่: ${why}`),
  back: 'กลับมาแล้ว',
  showsWriting: 'ให้คนอื่นเห็นว่าฉันกำลังพิมพ์',
  seenLately: 'เพิ่งอยู่ที่นี่',
  lastSeen: (time) => `เห็นล่าสุด ${time}`,
  blocked: 'บล็อกไว้',
  blockedHere: (n) => `มีคนที่คุณบล็อกอยู่ที่นี่ ${number.format(n)} คน และเห็นข้อความที่คุณส่ง`,
  unblock: 'เลิกบล็อก',
  unblockWho: (name) => `เลิกบล็อก ${name}`,
  muted: 'ปิดเสียง',
  topicSet: (name, topic) => (topic === '' ? `* ${name} ลบหัวข้อ` : `* ${name} ตั้งหัวข้อ: ${topic}`),
}
