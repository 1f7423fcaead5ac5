// The arithmetic of ellipses around the middle of the map.

/** A guide line: an ellipse around the centre. */
export interface Ring {
  readonly rx: number
  readonly ry: number
}

const SAMPLES = 180

/** Along the ring from the top, sample by sample: equal angles would crowd the ends of an ellipse. */
export function lengthsOf({ rx, ry }: Ring): readonly number[] {
  const lengths = [0]
  const step = (2 * Math.PI) / SAMPLES
  for (let i = 0; i < SAMPLES; i++) {
    const angle = (i + 0.5) * step
    lengths.push((lengths[i] ?? 0) + step * Math.hypot(rx * Math.cos(angle), ry * Math.sin(angle)))
  }
  return lengths
}

export function perimeter(ring: Ring): number {
  return lengthsOf(ring).at(-1) ?? 0
}

export function angleAt(lengths: readonly number[], turn: number): number {
  const wanted = turn * (lengths.at(-1) ?? 0)
  let [before, after] = [0, SAMPLES]
  while (after - before > 1) {
    const middle = (before + after) >> 1
    if ((lengths[middle] ?? 0) > wanted) after = middle
    else before = middle
  }
  const [from = 0, to = 1] = [lengths[after - 1], lengths[after]]
  return ((after - 1 + (wanted - from) / (to - from)) / SAMPLES) * 2 * Math.PI
}

export function times({ rx, ry }: Ring, share: number): Ring {
  return { rx: rx * share, ry: ry * share }
}

export function mixRings(from: Ring, to: Ring, share: number): Ring {
  return { rx: mix(from.rx, to.rx, share), ry: mix(from.ry, to.ry, share) }
}

export function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share
}
