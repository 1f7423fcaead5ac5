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

/** Control and format characters (bidi, zero width) can make one name look like another. */
function cleaned(name: string): string {
  return name
    .normalize('NFKC')
    .replace(
      /\u034F|\u17B4|\u17B5|[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]/gu,
      '',
    )
    .replace(/\s+/gu, ' ')
    .trim()
}

/** A stack of combining marks on one letter must not cover the lines above it. */
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
  return ok(name)
}

/** `…` and the last characters: the first eight are the same for every Ed25519 key. */
export function shortPeerId(id: PeerId): string {
  return `…${id.slice(-6)}`
}
