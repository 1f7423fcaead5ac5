const number = new Intl.NumberFormat('en')
const list = new Intl.ListFormat('en')

/** So many who write are named. */
const NAMED_MAX = 3

/** What the page says about the people of a room, beside what commands answer. */
export const enCompany = {
  /** @param names one at least */
  writing: (names: readonly string[]) => {
    const more = names.length - NAMED_MAX
    const named = names.slice(0, NAMED_MAX)
    const others = more > 0 ? [`${number.format(more)} ${more === 1 ? 'other' : 'others'}`] : []
    return `${list.format([...named, ...others])} ${names.length === 1 ? 'is' : 'are'} writing…`
  },
  isAway: (why: string) => (why === '' ? 'away' : `away: ${why}`),
  youAreAway: (why: string) =>
    why === '' ? 'Others see that you are away.' : `Others see that you are away: ${why}`,
  back: 'I am back',
  showsWriting: 'Others see that I am writing',
  seenLately: 'Seen here lately',
  lastSeen: (time: string) => `last seen ${time}`,
  blocked: 'Blocked',
  blockedHere: (n: number) =>
    n === 1
      ? 'Somebody whom you block is here, and hears what you say.'
      : `${number.format(n)} people whom you block are here, and hear what you say.`,
  unblock: 'Unblock',
  unblockWho: (name: string) => `Unblock ${name}`,
  muted: 'muted',
  topicSet: (name: string, topic: string) =>
    topic === '' ? `* ${name} took the topic away` : `* ${name} set the topic: ${topic}`,
}
