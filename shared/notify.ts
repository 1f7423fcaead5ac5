/** What of a room is to be told while nobody looks. */
export const NOTIFY_LEVELS = ['all', 'mentions', 'none'] as const
export type Notify = (typeof NOTIFY_LEVELS)[number]

/** Whether what is told makes a sound, of all rooms alike. */
export const NOTIFY_SOUNDS = ['sound', 'silent'] as const

/** Until somebody says otherwise. */
export const NOTIFY_DEFAULT: Notify = 'mentions'

export function isNotify(value: unknown): value is Notify {
  return NOTIFY_LEVELS.some((level) => level === value)
}
