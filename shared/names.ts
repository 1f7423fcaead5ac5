import type { PeerId } from './ids.ts'
import { type Result, fail, ok } from './failure.ts'
import { NAME_MAX_GRAPHEMES } from './limits.ts'
import type { Random } from './runtime.ts'

const ADJECTIVES =
  'amber ancient autumn bold brave bright brisk calm clever copper coral cosmic crimson curious daring dawn deep distant dusty eager early electric emerald fearless fleet frosty gentle gilded golden happy hidden honest humble indigo ivory jolly keen kind lively lucky lunar mellow merry midnight misty modest mossy nimble noble northern patient pearl polar proud quiet rapid royal rustic sandy scarlet serene shining silent silver sleepy sly smooth snowy solar spry starry steady stormy sunny swift tidal tranquil velvet vivid wandering warm wild windy wise witty young'.split(
    ' ',
  )
const ANIMALS =
  'albatross antelope badger bear beaver bison bobcat caracal cheetah condor cormorant coyote crane cricket crow deer dolphin dove dragonfly eagle egret elk falcon ferret finch firefly fox gazelle gecko gibbon goose grouse gull hare hawk hedgehog heron hornbill ibex ibis jackal jaguar kestrel kingfisher kite koala lark lemur leopard lynx macaw magpie marmot marten mole moose narwhal newt ocelot orca osprey otter owl panda panther parrot pelican penguin petrel pigeon plover puffin python quail rabbit raven robin salmon seal sparrow squirrel stork swallow swan swift tapir tern thrush tiger toucan turtle vole walrus weasel whale wolf wombat wren yak zebra'.split(
    ' ',
  )
/** A memorable name such as `swift-falcon`: about 9,000 of them; a clash shows part of the key. */
export function randomName(random: Random): string {
  const pick = (words: readonly string[]): string =>
    words[Math.floor(random.fraction() * words.length)] ?? ''
  return `${pick(ADJECTIVES)}-${pick(ANIMALS)}`
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * Control and format characters (bidi, zero width), what fonts are to leave out, and two that they draw
 * as nothing though they are symbols: with them one name can look like another, or like none.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}]/gu
/** No language puts more on one letter; a taller stack covers the lines above it. */
const STACK = /(\p{M}{4})\p{M}+/gu
/** On no letter of its own, a mark would stand on whatever is before the name. */
const LOOSE = /^[\p{M}\s]+/u

function cleaned(name: string): string {
  return (
    name
      .normalize('NFKC')
      .replace(UNSEEN, '')
      .replace(/\s+/gu, ' ')
      .replace(LOOSE, '')
      .replace(STACK, '$1')
      // What stood apart may stand together now.
      .normalize('NFKC')
      .trim()
  )
}

/** 32 letters with all the marks that a language puts on them. */
const NAME_MAX_UNITS = 128

/** Most names: nothing to clean, and each letter a grapheme. Told at once, for every `here` has a name. */
const PLAIN = /^[!-~]+( [!-~]+)*$/

/** How a name from the wire is shown: never empty, never longer than 32 graphemes. */
export function shownName(name: string, otherwise: string): string {
  if (name.length <= NAME_MAX_GRAPHEMES && PLAIN.test(name)) return name
  const [...parts] = graphemes.segment(cleaned(name.slice(0, 4 * NAME_MAX_UNITS)))
  const shown = parts
    .slice(0, NAME_MAX_GRAPHEMES)
    .map((part) => part.segment)
    .join('')
    .slice(0, NAME_MAX_UNITS)
    .trim()
  return shown === '' ? otherwise : shown
}

/** Letters of other scripts that look like the Latin ones below them. */
const [OTHERS, LATIN] = [
  'АВСЕНІЈКМОРЅТУХӀасеһіјӏорԛѕуѵԝхԁνοαρτικΑΒΕΖΗΙΚΜΝΟΡΤΥΧıɑɡ',
  'abcehljkmopstyxlacehljlopqsyvwxdvoaptlkabezhlkmnoptyxlag',
]
const LATIN_OF: ReadonlyMap<string, string> = new Map(
  [...OTHERS].map((other, i) => [other, LATIN[i] ?? other]),
)

/**
 * Names that most readers would take for one another have the same look: the letters of other scripts, with
 * marks and without, in any case. Only to compare; rather too many have the same than too few.
 */
export function lookOf(name: string): string {
  const plain = name.normalize('NFKD').replace(/[\u0300-\u036F]/gu, '')
  return [...plain]
    .map((letter) => LATIN_OF.get(letter) ?? letter)
    .join('')
    .toLowerCase()
    .replace(/[i1|!]/gu, 'l')
    .replaceAll('0', 'o')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
    .replace(/[\s._]|\p{Pd}/gu, '-')
}

/** What stands before the answers to commands, in each language. */
const OFFICIAL = ['System', 'ระบบ'].map(lookOf)

/** Most readers would take what is said under it for a notice of the program: the name is its own, or begins so. */
export function looksOfficial(name: string): boolean {
  const look = lookOf(name).replace(/^[^\p{L}\p{N}]+/u, '')
  return OFFICIAL.some(
    (official) =>
      look.startsWith(official) && !/^[\p{L}\p{M}\p{N}]/u.test(look.slice(official.length)),
  )
}

/** A short text of somebody's in one line, fit for a screen; may be empty. */
export function shownLine(text: string, maxGraphemes: number): string {
  const maxUnits = (maxGraphemes / NAME_MAX_GRAPHEMES) * NAME_MAX_UNITS
  const line = text.slice(0, 4 * maxUnits).replace(/\s+/gu, ' ')
  const parts = [...graphemes.segment(cleaned(line))].slice(0, maxGraphemes)
  return parts
    .map((part) => part.segment)
    .join('')
    .slice(0, maxUnits)
    .trim()
}

/** A name that somebody chose for themselves: cleaned, or refused with the reason. */
export function chosenName(text: string): Result<string> {
  const name = cleaned(text.slice(0, 64 * 1024))
  if (name === '') return fail({ kind: 'bad-name', why: 'empty' })
  const length = [...graphemes.segment(name)].length
  if (length > NAME_MAX_GRAPHEMES || name.length > NAME_MAX_UNITS)
    return fail({ kind: 'bad-name', why: 'too-long' })
  if (looksOfficial(name)) return fail({ kind: 'bad-name', why: 'official' })
  return ok(name)
}

/** `…` and the last characters: the first eight are the same for every Ed25519 key. */
export function shortPeerId(id: PeerId): string {
  return `…${id.slice(-6)}`
}
