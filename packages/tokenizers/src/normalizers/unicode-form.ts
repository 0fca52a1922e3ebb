import { AlignedWriter, type AlignedText } from '../aligned-text.ts'
import { CharacterTable } from '../character-table.ts'
import { laterNormalized } from '../unicode-history.ts'
import { normalizeCharacters, type UnicodeForm } from './canonical-order.ts'
import type { Normalizer } from './normalizer.ts'

// A text of these alone is in every form.
const changeable = /[^\0-\x9f]/

// What may combine with the character before it.
const joining = `\\p{M}\\u{1160}-\\u{11ff}\\u{ff9e}\\u{ff9f}${laterNormalized}`
const joiners = new CharacterTable([new RegExp(`[${joining}]`, 'v')])

// JavaScript knows a later Unicode, and sorts long runs of marks in quadratic time.
const notForEngine = new RegExp(`${laterNormalized}|[${joining}]{32}`, 'gv')

const FEW = 64
const APART = 32

/** `text` in a normalization form of Unicode 9. */
export function toUnicodeForm(text: string, form: UnicodeForm): string {
  if (!changeable.test(text)) return text
  const stays = staysOf(form)
  let result = ''
  let done = 0
  let stretches = 0
  for (let at = 0; at < text.length; ) {
    if (stays.at(text, at)) {
      at++
      continue
    }
    const start = clusterStart(text, at)
    at = clusterEnd(text, at)
    // A text full of what may change is done in one go.
    if (++stretches > FEW && stretches * APART > at) at = text.length
    result += text.slice(done, start) + convert(text.slice(start, at), form)
    done = at
  }
  return done === 0 ? text : result + text.slice(done)
}

function convert(text: string, form: UnicodeForm): string {
  notForEngine.lastIndex = 0
  let found = notForEngine.exec(text)
  if (!found) return text.normalize(form)
  let result = ''
  let done = 0
  for (; found; found = notForEngine.exec(text)) {
    const start = clusterStart(text, found.index)
    const end = clusterEnd(text, found.index)
    result += text.slice(done, start).normalize(form)
    for (const code of normalizeCharacters(text.slice(start, end), form).codes) {
      result += String.fromCodePoint(code)
    }
    done = notForEngine.lastIndex = end
  }
  return result + text.slice(done).normalize(form)
}

const isJoiner = (text: string, at: number) => joiners.classOf(text.codePointAt(at)!) === 1
const unitsBefore = (text: string, at: number) =>
  at > 1 && text.codePointAt(at - 2)! > 0xffff ? 2 : 1

/** Where the last character up to `at` begins that combines with none before it. */
function clusterStart(text: string, at: number): number {
  let start = at
  while (start > 0 && isJoiner(text, start)) start -= unitsBefore(text, start)
  return start
}

/** Where the first character behind `at` begins that combines with none before it. */
function clusterEnd(text: string, at: number): number {
  let end = at
  do end += text.codePointAt(end)! > 0xffff ? 2 : 1
  while (end < text.length && isJoiner(text, end))
  return end
}

/** Knows the units that no normalization form touches: neither changed by it nor joined to what is before them. */
class Staying {
  readonly #form: UnicodeForm
  // Per unit 1 for those that stay, 2 for the others, 0 for those nobody asked for yet.
  readonly #known = new Uint8Array(0x10000)

  constructor(form: UnicodeForm) {
    this.#form = form
  }

  at(text: string, position: number): boolean {
    const unit = text.charCodeAt(position)
    const known = this.#known[unit]!
    return known === 0 ? this.#learn(unit) : known === 1
  }

  #learn(unit: number): boolean {
    const isHalf = (unit & 0xf800) === 0xd800
    const stays = !isHalf && joiners.classOf(unit) === 0 && tableOf(this.#form).classOf(unit) === 0
    this.#known[unit] = stays ? 1 : 2
    return stays
  }
}

const staying = new Map<UnicodeForm, Staying>()

function staysOf(form: UnicodeForm): Staying {
  let stays = staying.get(form)
  if (!stays) staying.set(form, (stays = new Staying(form)))
  return stays
}

const tables = new Map<UnicodeForm, CharacterTable>()

/** The characters that a form may change even where nothing joins them, as class 1. */
function tableOf(form: UnicodeForm): CharacterTable {
  let table = tables.get(form)
  if (!table) {
    const test = (character: string) => character.normalize(form) !== character
    tables.set(form, (table = new CharacterTable([{ test }])))
  }
  return table
}

/** `aligned` in a normalization form of Unicode 9. */
export function alignUnicodeForm(aligned: AlignedText, form: UnicodeForm): AlignedText {
  const { text } = aligned
  if (!changeable.test(text)) return aligned
  const table = tableOf(form)
  const writer = new AlignedWriter(aligned)
  for (let start = 0; start < text.length; ) {
    const code = text.codePointAt(start)!
    const end = clusterEnd(text, start)
    if (end - start > (code > 0xffff ? 2 : 1) || table.classOf(code) === 1) {
      writer.copyTo(start)
      const { codes, changes } = normalizeCharacters(text.slice(start, end), form)
      for (let i = 0; i < codes.length; i++)
        writer.put(String.fromCodePoint(codes[i]!), changes[i]!)
    }
    start = end
  }
  if (writer.position === 0) return aligned
  writer.copyTo(text.length)
  return writer.finish()
}

/** NFC, NFD, NFKC and NFKD. */
export function unicodeForm(form: UnicodeForm): Normalizer {
  return {
    normalize: (text) => toUnicodeForm(text, form),
    align: (text) => alignUnicodeForm(text, form),
    toJSON: () => ({ type: form }),
  }
}
