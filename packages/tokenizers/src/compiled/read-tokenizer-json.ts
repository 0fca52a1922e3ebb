import { isTokenizerError } from '../errors.ts'
import { parseJson, type JsonObject } from '../json.ts'
import { MergeTable } from '../models/merge-table.ts'
import { buildVocabulary, VocabularyBuilder, type Vocabulary } from '../models/vocabulary.ts'
import { JsonBytes } from './json-bytes.ts'

const MAX_MERGES = 4_000_000
const MAX_ID = 2 ** 24
const OBJECT = 0x7b
const OBJECT_END = 0x7d
const ARRAY = 0x5b
const ARRAY_END = 0x5d
const COLON = 0x3a
const COMMA = 0x2c
const SPACE = 0x20

/**
 * Parses a tokenizer.json. Its two big members, `model.vocab` and `model.merges`, become a Vocabulary and a MergeTable
 * straight from the bytes where they are as usual; what is not is parsed as any JSON, and so are all mistakes found.
 */
export function readTokenizerJson(bytes: Uint8Array, where: string): unknown {
  try {
    const object = readScanned(bytes, where)
    if (object) return object
  } catch (error) {
    // Found again below, with the place in the whole file.
    if (!isTokenizerError(error)) throw error
  }
  return parseJson(bytes, where)
}

function readScanned(bytes: Uint8Array, where: string): JsonObject | undefined {
  const scan = scanModel(bytes, where)
  if (!scan) return undefined
  const object = parseJson(scan.shell, where) as { readonly model: Record<string, unknown> }
  const { model } = object
  // Another model takes no such vocabulary, and must say so of the object in the file.
  if (!['BPE', 'WordPiece', 'WordLevel', undefined].includes(model.type as string | undefined))
    return undefined
  if (scan.merges) {
    // With a prefix the results of merges are other texts.
    if ((model.continuing_subword_prefix ?? '') !== '') return undefined
    model.merges = scan.merges
  }
  model.vocab = scan.vocabulary
  return object
}

/** A tokenizer.json as `readTokenizerJson` returns it, taken apart; undefined when it was parsed as any JSON. */
export function takeApart(
  json: unknown,
): { shell: JsonObject; vocabulary: Vocabulary; merges: MergeTable } | undefined {
  const object = json as { readonly model?: Record<string, unknown> } & JsonObject
  const { vocab, merges, ...model } = object.model ?? {}
  if (!(merges instanceof MergeTable)) return undefined
  return { shell: { ...object, model }, vocabulary: vocab as Vocabulary, merges }
}

interface ModelScan {
  readonly vocabulary: Vocabulary
  readonly merges: MergeTable | undefined
  /** The JSON without the two. */
  readonly shell: Uint8Array
}

interface Ranges {
  vocab: number
  vocabEnd: number
  merges: number
  mergesEnd: number
}

function scanModel(bytes: Uint8Array, where: string): ModelScan | undefined {
  const json = new JsonBytes(bytes)
  const ranges: Ranges = { vocab: -1, vocabEnd: -1, merges: -1, mergesEnd: -1 }
  let vocabulary: Vocabulary | undefined
  let merges: MergeTable | undefined
  const readModel = (): boolean =>
    members(json, (key) => {
      if (key === 'vocab' && json.peek() === OBJECT) {
        if (ranges.vocab >= 0) return false
        ranges.vocab = json.at
        vocabulary = scanVocabulary(json, `${where}: model.vocab`)
        ranges.vocabEnd = json.at
        return vocabulary !== undefined
      }
      if (key === 'merges' && json.peek() === ARRAY) {
        if (ranges.merges >= 0) return false
        ranges.merges = json.at
        if (vocabulary) merges = scanMerges(json, vocabulary)
        const isRead = vocabulary ? merges !== undefined : json.skip()
        ranges.mergesEnd = json.at
        return isRead
      }
      return key !== 'vocab' && json.skip()
    })
  let models = 0
  const isRead = members(json, (key) => {
    if (key !== 'model') return json.skip()
    models++
    return json.peek() === OBJECT && readModel()
  })
  if (!isRead || models !== 1 || !vocabulary) return undefined
  if (ranges.merges >= 0 && !merges) {
    json.at = ranges.merges
    merges = scanMerges(json, vocabulary)
    if (!merges) return undefined
  }
  return { vocabulary, merges, shell: withoutRanges(bytes, ranges) }
}

/** Passes an object; `read` passes the value of each member. False when something is not as usual. */
function members(json: JsonBytes, read: (key: string) => boolean): boolean {
  if (!json.take(OBJECT)) return false
  if (json.take(OBJECT_END)) return true
  do {
    if (!json.string()) return false
    const key = decoder.decode(json.source.subarray(json.start, json.end))
    if (!json.take(COLON) || !read(key)) return false
  } while (json.take(COMMA))
  return json.take(OBJECT_END)
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function scanVocabulary(json: JsonBytes, where: string): Vocabulary | undefined {
  const builder = new VocabularyBuilder()
  json.take(OBJECT)
  if (!json.take(OBJECT_END)) {
    // What is done for each token is a function of its own, here and below: those are compiled sooner than long loops.
    do if (!scanToken(json, builder)) return undefined
    while (json.take(COMMA))
    if (!json.take(OBJECT_END)) return undefined
  }
  return buildVocabulary(builder, where)
}

function scanToken(json: JsonBytes, builder: VocabularyBuilder): boolean {
  if (!json.string()) return false
  const { source, start, end } = json
  if (!json.take(COLON)) return false
  const id = json.whole()
  if (id < 0 || id >= MAX_ID) return false
  builder.add(source, start, end, id)
  return true
}

function scanMerges(json: JsonBytes, vocabulary: Vocabulary): MergeTable | undefined {
  const scan = new MergeScan(json, vocabulary)
  json.take(ARRAY)
  if (!json.take(ARRAY_END)) {
    do if (scan.count >= MAX_MERGES || !scan.next()) return undefined
    while (json.take(COMMA))
    if (!json.take(ARRAY_END)) return undefined
  }
  return scan.table()
}

class MergeScan {
  count = 0
  readonly #json: JsonBytes
  readonly #vocabulary: Vocabulary
  readonly #joined: Uint8Array
  // Left, right and result of each merge.
  #found = new Int32Array(3 << 12)
  #result = -1

  constructor(json: JsonBytes, vocabulary: Vocabulary) {
    this.#json = json
    this.#vocabulary = vocabulary
    this.#joined = new Uint8Array(2 * vocabulary.longest)
  }

  /** Passes one merge, a pair or a string with a space; false when it is not as usual. */
  next(): boolean {
    return this.#json.peek() === ARRAY ? this.#pair() : this.#line()
  }

  #pair(): boolean {
    const json = this.#json
    json.at++
    if (!json.string()) return false
    const left = this.#part(json.source, json.start, json.end, 0)
    const size = json.end - json.start
    if (left < 0 || !json.take(COMMA) || !json.string()) return false
    const right = this.#part(json.source, json.start, json.end, size)
    return (
      right >= 0 && json.take(ARRAY_END) && this.#add(left, right, size + json.end - json.start)
    )
  }

  #line(): boolean {
    const json = this.#json
    if (!json.string()) return false
    const { source, start, end } = json
    let space = start
    while (space < end && source[space] !== SPACE) space++
    if (space === end || isVersion(source, start)) return false
    // A second space: no merge of this kind has one.
    for (let at = space + 1; at < end; at++) if (source[at] === SPACE) return false
    const left = this.#part(source, start, space, 0)
    if (left < 0) return false
    const right = this.#part(source, space + 1, end, space - start)
    return right >= 0 && this.#add(left, right, end - start - 1)
  }

  /** The id of a part, which is written to the joined text; -1 when there is none. */
  #part(source: Uint8Array, start: number, end: number, to: number): number {
    if (start === end) return -1
    const id = this.#vocabulary.findBytes(source, start, end)
    // What is found is no longer than the longest token.
    if (id >= 0) for (let i = 0; i < end - start; i++) this.#joined[to + i] = source[start + i]!
    return id
  }

  #add(left: number, right: number, size: number): boolean {
    this.#result = this.#vocabulary.findNext(this.#joined, size, this.#result)
    if (this.#result < 0) return false
    const at = 3 * this.count++
    if (at === this.#found.length) {
      const larger = new Int32Array(2 * at)
      larger.set(this.#found)
      this.#found = larger
    }
    this.#found[at] = left
    this.#found[at + 1] = right
    this.#found[at + 2] = this.#result
    return true
  }

  /** The table of all of them. */
  table(): MergeTable {
    const merges = new MergeTable(this.count)
    const found = this.#found
    for (let i = 0; i < this.count; i++) {
      merges.set(found[3 * i]!, found[3 * i + 1]!, i, found[3 * i + 2]!)
    }
    return merges
  }
}

// A merges.txt read line by line may have left its first line behind.
const version = [...'#version'].map((character) => character.charCodeAt(0))
const isVersion = (bytes: Uint8Array, start: number): boolean =>
  version.every((byte, i) => bytes[start + i] === byte)

function withoutRanges(bytes: Uint8Array, ranges: Ranges): Uint8Array {
  const { vocab, vocabEnd, merges, mergesEnd } = ranges
  const cuts = [
    [vocab, vocabEnd],
    [merges, mergesEnd],
  ].filter(([start]) => start! >= 0) as [number, number][]
  cuts.sort(([a], [b]) => a - b)
  const parts: Uint8Array[] = []
  let from = 0
  for (const [start, end] of cuts) {
    parts.push(bytes.subarray(from, start), empty)
    from = end
  }
  parts.push(bytes.subarray(from))
  const shell = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let size = 0
  for (const part of parts) {
    shell.set(part, size)
    size += part.length
  }
  return shell
}

const empty = new TextEncoder().encode('null')
