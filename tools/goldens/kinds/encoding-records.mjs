// Encodings as goldens store them, see the README of tokenizer goldens: columns that are left out have a default.
import { isDeepStrictEqual } from 'node:util'
import { sameIds } from '../compare.mjs'
import { compareAll } from './compare-all.mjs'

const fill = (length, value) => new Array(length).fill(value)
const numbers = (list) => list.map((value) => value ?? -1)

/** column -> (encoding, its default when the record leaves it out). */
const columns = {
  ids: [(encoding) => encoding.ids],
  offsets: [(encoding) => encoding.offsets.flat()],
  words: [(encoding) => numbers(encoding.wordIds)],
  types: [(encoding) => encoding.typeIds, 0],
  special: [(encoding) => encoding.specialTokensMask, 0],
  attention: [(encoding) => encoding.attentionMask, 1],
  seq: [(encoding) => numbers(encoding.sequenceIds), 0],
}

/** Compares an encoding, and what was cut off it, with a record. */
export function sameRecord(encoding, record) {
  for (const [name, [read, otherwise]] of Object.entries(columns)) {
    const want = record[name] ?? fill(record.ids.length, otherwise)
    const difference = sameIds(read(encoding), want)
    if (difference) return `${name}: ${difference}`
  }
  const parts = encoding.overflowing
  const want = record.overflow ?? []
  if (parts.length !== want.length)
    return `overflow: ${parts.length} parts, expected ${want.length}`
  for (const [i, part] of parts.entries()) {
    const difference = sameRecord(part, want[i])
    if (difference) return `overflow ${i}: ${difference}`
  }
  return undefined
}

/** The UTF-16 offsets of a text must say the same as those in code points. */
export function sameUtf16(encoding, text) {
  const points = encoding.utf16Offsets.flat().map((at) => [...text.slice(0, at)].length)
  const difference = sameIds(points, encoding.offsets.flat())
  return difference && `utf16Offsets: ${difference}`
}

/** Compares what `encode` gives for each input with a list of records; `error` means that it must throw. */
export function sameRecords(inputs, list, encode) {
  return compareAll(inputs, (input, i) => {
    const want = list[i]
    if (want === undefined || want === null || want.panic) return undefined
    if (want.error) return refuses(() => encode(input), 'the text')
    const encoding = encode(input)
    if (Array.isArray(want)) return sameIds(encoding.ids, want)
    const difference = sameRecord(encoding, want)
    if (difference || typeof input !== 'string' || input.length > 5000) return difference
    return sameUtf16(encoding, input)
  })
}

/** undefined when `run` throws one of our errors. */
export function refuses(run, what) {
  try {
    run()
  } catch (error) {
    return typeof error.code === 'string' ? undefined : `${error.name}: ${error.message}`
  }
  return `got no error, ${what} must be refused`
}

/** Equal JSON, whatever the order of keys. */
export function sameJson(got, want, path = '') {
  const plain = path === '' ? JSON.parse(JSON.stringify(got)) : got
  // In JSON -0 and 0 are one number.
  if (plain === want || isDeepStrictEqual(plain, want)) return undefined
  const show = (value) => JSON.stringify(value)?.slice(0, 80)
  const isNode = (value) => typeof value === 'object' && value !== null
  if (isNode(plain) && isNode(want) && Array.isArray(plain) === Array.isArray(want)) {
    for (const key of new Set([...Object.keys(want), ...Object.keys(plain)])) {
      const difference = sameJson(plain[key], want[key], `${path}/${key}`)
      if (difference) return difference
    }
    return undefined
  }
  return `${path || '/'}: got ${show(plain)}, want ${show(want)}`
}
