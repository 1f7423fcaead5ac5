// What room there is in the picture between those who stand in it. All in px from its top left corner.

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Between two that stand beside each other. */
export const GAP = 4

/** The word by me, with room around it. */
const WORD = { width: 34, height: 18 }
/** Further away it would be nobody's. */
const WORD_AWAY_MAX = 70
const STEP = 3
const TURN = (2 * Math.PI) / 72
/** Below rather than beside, and then wherever. */
const TURNS: readonly number[] = [
  Math.PI / 2,
  0,
  Math.PI,
  ...Array.from({ length: 72 }, (_, i) => i * TURN),
]

/**
 * Where the word by me stands: as near as no link runs through it and nobody stands in it.
 * @param halo radius of the circle around me that is kept free
 * @returns from me to its middle; nothing where there is no room
 */
export function wordPlace(
  me: Point,
  halo: number,
  taken: readonly Box[],
  links: readonly (readonly [Point, Point])[],
): Point | undefined {
  for (let away = halo; away <= halo + WORD_AWAY_MAX; away += STEP)
    for (const turn of TURNS) {
      const place = { x: away * Math.cos(turn), y: away * Math.sin(turn) }
      const box = boxOfWord(me, place)
      if (
        distance(me, box) >= halo &&
        !taken.some((each) => overlap(each, box, GAP)) &&
        !links.some(([from, to]) => crosses(from, to, box))
      )
        return place
    }
  return undefined
}

export function boxOfWord(me: Point, { x, y }: Point): Box {
  const [left, top] = [me.x + x - WORD.width / 2, me.y + y - WORD.height / 2]
  return { left, top, right: left + WORD.width, bottom: top + WORD.height }
}

/** How wide a name may be: half of what is between two names is for each; to all else it keeps away. */
export function nameWidth(
  name: Box,
  names: readonly Box[],
  others: readonly Box[],
  width: number,
): number {
  const middle = middleOf(name)
  const beside = (boxes: readonly Box[]): readonly Box[] =>
    boxes.filter(({ top, bottom }) => top < name.bottom && name.top < bottom)
  return Math.min(
    2 * (Math.min(middle, width - middle) - GAP / 2),
    ...beside(names).map((each) => Math.abs(middleOf(each) - middle) - GAP),
    ...beside(others).map(
      (each) => 2 * Math.abs(middleOf(each) - middle) - (each.right - each.left) - 2 * GAP,
    ),
  )
}

function middleOf({ left, right }: Box): number {
  return (left + right) / 2
}

export function overlap(a: Box, b: Box, gap: number): boolean {
  return a.left < b.right + gap && b.left < a.right + gap && a.top < b.bottom && b.top < a.bottom
}

function distance({ x, y }: Point, { left, right, top, bottom }: Box): number {
  return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom))
}

/** The slabs of Liang and Barsky: the stretch of the line that lies in both of the box's bands. */
function crosses(from: Point, to: Point, { left, right, top, bottom }: Box): boolean {
  let [enters, leaves] = [0, 1]
  for (const [along, low, high] of [
    [to.x - from.x, left - from.x, right - from.x],
    [to.y - from.y, top - from.y, bottom - from.y],
  ] as const) {
    if (along === 0 && (low > 0 || high < 0)) return false
    if (along === 0) continue
    enters = Math.max(enters, Math.min(low / along, high / along))
    leaves = Math.min(leaves, Math.max(low / along, high / along))
  }
  return enters <= leaves
}
