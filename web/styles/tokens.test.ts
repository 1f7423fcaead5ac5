import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync('web/styles/tokens.css', 'utf8')

/** WCAG 2.2, 1.4.6: text of normal size, enhanced. */
const ENOUGH = 7
const SURFACES = ['paper', 'sheet', 'sunk']

type Rgb = readonly [number, number, number]

function pair(name: string): readonly [Rgb, Rgb] {
  const [, light, dark] =
    new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css) ?? []
  if (light === undefined || dark === undefined) throw new Error(`no --${name}`)
  return [fromHex(light), fromHex(dark)]
}

function fromHex(hex: string): Rgb {
  const part = (at: number): number => linear(parseInt(hex.slice(at, at + 2), 16) / 255)
  return [part(1), part(3), part(5)]
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

/** https://bottosson.github.io/posts/oklab/, clipped to sRGB as browsers do. */
function fromOklch(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clip = (value: number): number => Math.min(1, Math.max(0, value))
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

function contrast(a: Rgb, b: Rgb): number {
  const [x, y] = [a, b].map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue)
  return (Math.max(x ?? 0, y ?? 0) + 0.05) / (Math.min(x ?? 0, y ?? 0) + 0.05)
}

test('names are legible in every hue, on every surface, in both themes', () => {
  const voices = [...css.matchAll(/oklch\((\d+)% ([\d.]+) var\(--hue\)\)/g)]
  expect(voices).toHaveLength(2)
  for (const [theme, [, lightness, chroma]] of voices.entries()) {
    for (const surface of SURFACES) {
      const behind = pair(surface)[theme]
      if (behind === undefined) throw new Error('no such theme')
      for (let hue = 0; hue < 360; hue++) {
        const colour = fromOklch(Number(lightness) / 100, Number(chroma), hue)
        expect(contrast(colour, behind), `${surface}, hue ${hue}`).toBeGreaterThanOrEqual(ENOUGH)
      }
    }
  }
})

test.each([
  ['ink', [...SURFACES, 'accent-wash']],
  ['ink-soft', [...SURFACES, 'accent-wash', 'bad-wash']],
  ['accent', [...SURFACES, 'accent-wash']],
  ['accent-ink', ['accent']],
  ['bad', [...SURFACES, 'bad-wash']],
])('%s is legible on all that it stands on', (text, surfaces) => {
  for (const surface of surfaces) {
    for (const theme of [0, 1] as const) {
      expect(contrast(pair(text)[theme], pair(surface)[theme]), surface).toBeGreaterThanOrEqual(
        ENOUGH,
      )
    }
  }
})
