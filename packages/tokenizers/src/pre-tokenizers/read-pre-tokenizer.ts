import {
  asArray,
  asObject,
  asString,
  boolField,
  countField,
  field,
  malformed,
  unsupported,
} from '../json.ts'
import type { JsonObject } from '../json.ts'
import { readPattern } from '../pattern.ts'
import { ByteLevel } from './byte-level.ts'
import {
  bertPreTokenizer,
  charDelimiterSplit,
  digits,
  punctuation,
  whitespace,
  whitespaceSplit,
} from './cut-by-class.ts'
import { fixedLength } from './fixed-length.ts'
import { Metaspace, type PrependScheme } from './metaspace.ts'
import type { PreTokenizer } from './pieces.ts'
import { split } from './split.ts'
import type { SplitBehavior } from './split-pieces.ts'
import { unicodeScripts } from './unicode-scripts.ts'

const supported =
  'BertPreTokenizer ByteLevel Split Metaspace Digits Whitespace WhitespaceSplit Punctuation CharDelimiterSplit UnicodeScripts FixedLength Sequence'.split(
    ' ',
  )

const behaviors: readonly string[] = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
]

/** Builds the pre-tokenizers of a tokenizer.json, sequences flattened, in the order they run. */
export function readPreTokenizers(value: unknown, where: string): PreTokenizer[] {
  if (value === null || value === undefined) return []
  const object = asObject(value, where)
  const type = asString(field(object, 'type'), `${where}.type`)
  switch (type) {
    case 'ByteLevel':
      return [
        new ByteLevel({
          addPrefixSpace: boolField(object, 'add_prefix_space', where, true),
          trimOffsets: boolField(object, 'trim_offsets', where, true),
          useRegex: boolField(object, 'use_regex', where, true),
        }),
      ]
    case 'Split': {
      const invert = boolField(object, 'invert', where, false)
      return [split(readPattern(object, where), readBehavior(object, where), invert)]
    }
    case 'Metaspace':
      return [
        new Metaspace({
          replacement: readReplacement(object, where),
          prependScheme: readPrependScheme(object, where),
          split: boolField(object, 'split', where, true),
        }),
      ]
    case 'Digits':
      return [digits(boolField(object, 'individual_digits', where, false))]
    case 'Whitespace':
      return [whitespace()]
    case 'WhitespaceSplit':
      return [whitespaceSplit()]
    case 'Punctuation':
      return [punctuation(readBehavior(object, where, 'Isolated'))]
    case 'CharDelimiterSplit':
      return [charDelimiterSplit(readCharacter(object, 'delimiter', where))]
    case 'BertPreTokenizer':
      return [bertPreTokenizer()]
    case 'UnicodeScripts':
      return [unicodeScripts()]
    case 'FixedLength':
      return [fixedLength(countField(object, 'length', where, { min: 1, fallback: 5 }))]
    case 'Sequence':
      return asArray(field(object, 'pretokenizers'), `${where}.pretokenizers`).flatMap((item, i) =>
        readPreTokenizers(item, `${where}.pretokenizers[${i}]`),
      )
  }
  throw unsupported(where, `the pre-tokenizer ${type}`, supported)
}

function readBehavior(object: JsonObject, where: string, fallback?: SplitBehavior): SplitBehavior {
  const value = field(object, 'behavior')
  if (value === undefined && fallback) return fallback
  if (typeof value === 'string' && behaviors.includes(value)) return value as SplitBehavior
  throw malformed(`${where}.behavior`, `one of ${behaviors.join(', ')}`, value)
}

function readCharacter(object: JsonObject, key: string, where: string): string {
  const value = asString(field(object, key), `${where}.${key}`)
  if ([...value].length !== 1) throw malformed(`${where}.${key}`, 'one character', value)
  return value
}

/** The replacement of a Metaspace, one character. */
export function readReplacement(object: JsonObject, where: string): string {
  return readCharacter(object, 'replacement', where)
}

/** When a Metaspace prepends; the older `add_prefix_space` must agree. */
export function readPrependScheme(object: JsonObject, where: string): PrependScheme {
  const scheme = field(object, 'prepend_scheme') ?? 'always'
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never') {
    throw malformed(`${where}.prepend_scheme`, 'always, first or never', scheme)
  }
  if (field(object, 'add_prefix_space') === false && scheme !== 'never') {
    throw malformed(`${where}.prepend_scheme`, 'never where add_prefix_space is false', scheme)
  }
  return scheme
}
