import { en as enAnswers } from '../../shared/text/en.ts'
import type { Language } from '../../shared/text/languages.ts'
import { th as thAnswers } from '../../shared/text/th.ts'
import type { Words } from '../../shared/text/words.ts'
import type { BadArgument } from './arguments.ts'

/** What the terminal says of itself; what commands answer stands in `shared/text`. */
export interface TerminalWords {
  readonly usage: string
  readonly badArgument: (why: BadArgument) => string
  /** The Go system's first lines, in its order. */
  readonly started: (facts: StartFacts) => readonly string[]
  readonly room: (name: string) => string
  readonly topic: (text: string) => string
  /** So many came at once that were said meanwhile, and the last `shown` stand below. */
  readonly cameLater: (count: number, shown: number) => string
  readonly joined: (name: string, time: string) => string
  readonly left: (name: string, time: string) => string
  readonly noRelay: (place: string) => string
  readonly relayBack: (place: string) => string
  readonly inUse: (folder: string) => string
  readonly notLocked: (folder: string) => string
  readonly notOpened: (folder: string, why: string) => string
  readonly notKept: (why: string) => string
  /** The file or device that it writes to takes no more. */
  readonly notShown: (why: string) => string
  /** So many of one's own have reached nobody, at the end. */
  readonly unsaid: (count: number) => string
  /** Of an invite that names this machine as it is called here alone. */
  readonly onlyHere: string
  readonly mistake: (what: string) => string
}

export interface StartFacts {
  readonly peerId: string
  /** A multiaddr that others may dial. */
  readonly listening: string
  readonly name: string
  readonly peers: number
  /** Where its relay-node is looked for. */
  readonly place: string
  readonly folder: string
}

const en: TerminalWords = {
  usage: `npm run chat -- [where] [--room <name>]

where    the page of a relay-node (http://localhost:8080 if nothing is given), an invite,
         or a multiaddr that ends in /p2p/<peer id>
--room   the room to be in first; else that of the invite, of CHAT_TOPIC, or p2p-chat-default

DATA_DIR is where key and history are kept, in its folder chat (./data). LANG=th_TH speaks Thai.`,
  badArgument: ({ kind, text }) => {
    const quoted = JSON.stringify(text)
    switch (kind) {
      case 'option':
        return `There is no option ${quoted}; --help tells what there is.`
      case 'surplus':
        return `Nothing was done: ${quoted} is one more than this takes; --help tells what there is.`
      case 'room':
        return `${quoted} cannot be a room: use 1–64 letters, digits, dots, dashes or underscores, with a letter or digit first.`
      case 'where':
        return `${quoted} leads to no relay-node: give the address of its page (http://…), an invite, or a multiaddr that ends in /p2p/12D3KooW….`
    }
  },
  started: ({ peerId, listening, name, peers, place, folder }) => [
    '=== P2P Chat Started ===',
    `Your Peer ID: ${peerId}`,
    `Listening on: ${listening}`,
    `Username: ${name}`,
    `Connected peers: ${peers}`,
    `Relay-node: ${place}`,
    `Kept in: ${folder}`,
    'Type /help for commands',
  ],
  room: (name) => `#${name}`,
  topic: (text) => `Topic: ${text}`,
  cameLater: (count, shown) =>
    `${count} messages came that were said meanwhile. The last ${shown}, and /history shows more:`,
  joined: (name, time) => `*** ${name} joined the chat (at ${time})`,
  left: (name, time) => `*** ${name} left the chat (at ${time})`,
  noRelay: (place) =>
    `${place} does not answer. It is asked again until it does; what you say is kept, and goes out then.`,
  relayBack: (place) => `${place} answers.`,
  inUse: (folder) =>
    `Another terminal is chatting from ${folder}: end it, or give this one a DATA_DIR of its own.`,
  notLocked: (folder) =>
    `${folder} cannot be locked: make sure that no other terminal chats from it, and that it can be written to.`,
  notOpened: (folder, why) => `What is kept in ${folder} cannot be opened: ${why}`,
  notKept: (why) => `What others say cannot be kept: ${why}`,
  notShown: (why) => `This ends here, as nothing more can be written to its output: ${why}`,
  unsaid: (count) =>
    count === 1
      ? '1 message has reached nobody yet. It is kept, and goes out at the next start.'
      : `${count} messages have reached nobody yet. They are kept, and go out at the next start.`,
  onlyHere:
    'Only this machine can open it: for others, start npm run chat with the address that they reach the relay-node at.',
  mistake: (what) => `A mistake of this program: ${what}`,
}

const th: TerminalWords = {
  usage: `npm run chat -- [ที่ไหน] [--room <ชื่อห้อง>]

ที่ไหน     หน้าเว็บของโหนดรีเลย์ (ถ้าไม่ระบุคือ http://localhost:8080) คำเชิญ
         หรือ multiaddr ที่ลงท้ายด้วย /p2p/<peer id>
--room   ห้องแรกที่จะเข้า ถ้าไม่ระบุใช้ห้องของคำเชิญ ของ CHAT_TOPIC หรือ p2p-chat-default

กุญแจและประวัติเก็บไว้ใน DATA_DIR ในโฟลเดอร์ chat (./data) และ LANG=en ใช้ภาษาอังกฤษ`,
  badArgument: ({ kind, text }) => {
    const quoted = JSON.stringify(text)
    switch (kind) {
      case 'option':
        return `ไม่มีตัวเลือก ${quoted} ดูทั้งหมดได้ด้วย --help`
      case 'surplus':
        return `ยังไม่ได้ทำอะไร: ${quoted} เกินจากที่รับได้ ดูทั้งหมดได้ด้วย --help`
      case 'room':
        return `${quoted} เป็นชื่อห้องไม่ได้ ใช้ตัวอักษรอังกฤษ ตัวเลข จุด ขีด หรือขีดล่าง 1–64 ตัว ขึ้นต้นด้วยตัวอักษรหรือตัวเลข`
      case 'where':
        return `${quoted} ไม่ได้นำไปสู่โหนดรีเลย์ ระบุที่อยู่หน้าเว็บของมัน (http://…) คำเชิญ หรือ multiaddr ที่ลงท้ายด้วย /p2p/12D3KooW…`
    }
  },
  started: ({ peerId, listening, name, peers, place, folder }) => [
    '=== เริ่ม P2P Chat แล้ว ===',
    `Peer ID ของคุณ: ${peerId}`,
    `รอรับการเชื่อมต่อที่: ${listening}`,
    `ชื่อของคุณ: ${name}`,
    `เพียร์ที่เชื่อมต่ออยู่: ${peers}`,
    `โหนดรีเลย์: ${place}`,
    `เก็บไว้ใน: ${folder}`,
    'พิมพ์ /help เพื่อดูคำสั่ง',
  ],
  room: (name) => `#${name}`,
  topic: (text) => `หัวข้อ: ${text}`,
  cameLater: (count, shown) =>
    `มี ${count} ข้อความที่พูดไว้ก่อนหน้านี้เพิ่งมาถึง ${shown} ข้อความล่าสุดคือ (ดูเพิ่มด้วย /history)`,
  joined: (name, time) => `*** ${name} เข้ามาในแชต (เมื่อ ${time})`,
  left: (name, time) => `*** ${name} ออกจากแชต (เมื่อ ${time})`,
  noRelay: (place) => `${place} ไม่ตอบ จะถามอีกจนกว่าจะตอบ สิ่งที่คุณพูดถูกเก็บไว้และจะส่งออกไปตอนนั้น`,
  relayBack: (place) => `${place} ตอบแล้ว`,
  inUse: (folder) => `มีเทอร์มินัลอื่นกำลังแชตจาก ${folder} อยู่ ปิดอันนั้นก่อน หรือให้อันนี้ใช้ DATA_DIR ของตัวเอง`,
  notLocked: (folder) => `ล็อก ${folder} ไม่ได้ โปรดตรวจว่าไม่มีเทอร์มินัลอื่นกำลังแชตจากที่นี่ และเขียนลงที่นี่ได้`,
  notOpened: (folder, why) => `เปิดสิ่งที่เก็บไว้ใน ${folder} ไม่ได้: ${why}`,
  notKept: (why) => `เก็บสิ่งที่คนอื่นพูดไม่ได้: ${why}`,
  notShown: (why) => `จบเพียงเท่านี้ เพราะเขียนเอาต์พุตต่อไม่ได้: ${why}`,
  unsaid: (count) => `มี ${count} ข้อความที่ยังไม่ถึงใคร ถูกเก็บไว้และจะส่งออกไปเมื่อเริ่มครั้งหน้า`,
  onlyHere: 'เปิดได้เฉพาะในเครื่องนี้ หากจะให้คนอื่นเปิด ให้เริ่ม npm run chat ด้วยที่อยู่ของโหนดรีเลย์ที่พวกเขาเข้าถึงได้',
  mistake: (what) => `โปรแกรมนี้ผิดพลาด: ${what}`,
}

export const terminalWords: Readonly<Record<Language, TerminalWords>> = { en, th }

/** What commands answer with: as in a page, but for what a terminal has otherwise. */
export const answerWords: Readonly<Record<Language, Words>> = {
  en: {
    ...enAnswers,
    goodbye: () => 'You left the network. npm run chat brings you back.',
    keys: () => [
      'Keys:',
      '- Enter: send, or run the command',
      '- Tab: complete a command, a person after @, a room after #',
      '- ↑ ↓: what you sent before',
      '- Ctrl+A, Ctrl+E: the beginning and the end of the line; Ctrl+W: the last word away; Ctrl+U: all of it',
      '- Ctrl+C: drop what is written; on an empty line, or Ctrl+D: leave',
    ],
  },
  th: {
    ...thAnswers,
    goodbye: () => 'คุณออกจากเครือข่ายแล้ว พิมพ์ npm run chat เพื่อกลับมา',
    keys: () => [
      'แป้นพิมพ์:',
      '- Enter: ส่ง หรือสั่งงานคำสั่ง',
      '- Tab: เติมคำสั่ง ชื่อคนหลัง @ หรือชื่อห้องหลัง #',
      '- ↑ ↓: สิ่งที่เคยส่ง',
      '- Ctrl+A, Ctrl+E: ต้นและท้ายบรรทัด; Ctrl+W: ลบคำสุดท้าย; Ctrl+U: ลบทั้งหมด',
      '- Ctrl+C: ทิ้งสิ่งที่เขียน ถ้าบรรทัดว่าง หรือ Ctrl+D: ออก',
    ],
  },
}
