// The fast way of a whole text: what each token adds is worked out once and kept as bytes. The streams of the decoders
// define the result; this way exists for decoders whose tokens do not depend on their neighbours.
import type { AddedTokens } from '../added-tokens.ts'
import { show, TokenizerError } from '../errors.ts'
import type { Decoder } from './decoder.ts'
import { tokenRuleOf, type TokenRule } from './token-rule.ts'

const KNOWN = 1
const MISSING = 2
const SPECIAL = 4
const BYTE = 8
// Ids beyond are no tokens' (see asId).
const MOST_IDS = 2 ** 24

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** What each id adds to a text. */
export class DecodeTable {
  readonly #rule: TokenRule
  readonly #addedTokens: AddedTokens
  readonly #revision: number
  #flags = new Uint8Array(0)
  // Where an id's bytes begin and end; of a byte token, the byte itself.
  #starts = new Int32Array(0)
  #ends = new Int32Array(0)
  #bytes = new Uint8Array(1 << 12)
  #size = 0
  #out = new Uint8Array(1 << 12)

  private constructor(rule: TokenRule, addedTokens: AddedTokens) {
    this.#rule = rule
    this.#addedTokens = addedTokens
    this.#revision = addedTokens.revision
  }

  /** The table of a decoder; undefined when its tokens depend on each other. */
  static of(decoder: Decoder, addedTokens: AddedTokens): DecodeTable | undefined {
    const rule = tokenRuleOf(decoder.toJSON())
    return rule && new DecodeTable(rule, addedTokens)
  }

  /** False once tokens were added since. */
  get isCurrent(): boolean {
    return this.#revision === this.#addedTokens.revision
  }

  /** The text of ids; `skip`: no ids, or special tokens and these. */
  decode(ids: ArrayLike<number>, skip: 'none' | ReadonlySet<number>): string {
    const skipped = skip === 'none' || skip.size === 0 ? undefined : skip
    const dropped = skip === 'none' ? MISSING : MISSING | SPECIAL
    let out = this.#out
    let size = 0
    // Where the run of byte tokens began, or -1.
    let run = -1
    let isFirst = true
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!
      const flags = this.#flags[id] || this.#learn(id)
      if ((flags & dropped) !== 0 || skipped?.has(id)) continue
      if (size + 256 > out.length) out = grown(out, size + 256)
      if ((flags & BYTE) !== 0) {
        if (run < 0) run = size
        out[size++] = this.#starts[id]!
        isFirst = false
        continue
      }
      if (run >= 0) {
        const closed = closeRun(out, run, size)
        out = closed.bytes
        size = closed.size
        run = -1
        if (size + 256 > out.length) out = grown(out, size + 256)
      }
      if (isFirst && this.#rule.first) {
        const own = encoder.encode(this.#rule.first(this.#addedTokens.writtenAs(id)!))
        if (size + own.length > out.length) out = grown(out, size + own.length)
        out.set(own, size)
        size += own.length
        isFirst = false
        continue
      }
      isFirst = false
      const start = this.#starts[id]!
      const end = this.#ends[id]!
      if (end - start > 128) {
        if (size + end - start > out.length) out = grown(out, size + end - start)
        out.set(this.#bytes.subarray(start, end), size)
        size += end - start
      } else {
        const bytes = this.#bytes
        for (let at = start; at < end; at++) out[size++] = bytes[at]!
      }
    }
    if (run >= 0) {
      const closed = closeRun(out, run, size)
      out = closed.bytes
      size = closed.size
    }
    // The room of one huge text is not kept.
    if (out.length <= 1 << 20) this.#out = out
    return this.#rule.finish(decoder.decode(out.subarray(0, size)))
  }

  #learn(id: number): number {
    if (!Number.isInteger(id) || id < 0) throw badId(id)
    if (id >= MOST_IDS) return MISSING
    if (id >= this.#flags.length) this.#reserve(id + 1)
    const token = this.#addedTokens.writtenAs(id)
    let flags = KNOWN
    if (token === undefined) flags |= MISSING
    else {
      if (this.#addedTokens.isSpecial(token)) flags |= SPECIAL
      const own = this.#rule.next(token)
      if (typeof own === 'number') {
        flags |= BYTE
        this.#starts[id] = own
      } else {
        const bytes = typeof own === 'string' ? encoder.encode(own) : own
        if (this.#size + bytes.length > this.#bytes.length) {
          this.#bytes = grown(this.#bytes, this.#size + bytes.length)
        }
        this.#bytes.set(bytes, this.#size)
        this.#starts[id] = this.#size
        this.#size += bytes.length
        this.#ends[id] = this.#size
      }
    }
    this.#flags[id] = flags
    return flags
  }

  #reserve(ids: number): void {
    const length = Math.min(MOST_IDS, Math.max(ids, 2 * this.#flags.length, 1024))
    const [flags, starts, ends] = [this.#flags, this.#starts, this.#ends]
    this.#flags = new Uint8Array(length)
    this.#starts = new Int32Array(length)
    this.#ends = new Int32Array(length)
    this.#flags.set(flags)
    this.#starts.set(starts)
    this.#ends.set(ends)
  }
}

/** The error for what cannot be an id. */
export function badId(id: unknown): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_ID_RANGE',
    `decode: a token id must be a whole number from 0 on; got ${show(id)}.`,
  )
}

/** A run of byte tokens that is not UTF-8 becomes one U+FFFD for each byte. */
function closeRun(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
): { bytes: Uint8Array<ArrayBuffer>; size: number } {
  let isAscii = true
  for (let i = start; i < end; i++) isAscii &&= bytes[i]! < 0x80
  if (isAscii || isUtf8(bytes.subarray(start, end))) return { bytes, size: end }
  const size = start + 3 * (end - start)
  const room = size > bytes.length ? grown(bytes, size) : bytes
  for (let at = start; at < size; at += 3) {
    room[at] = 0xef
    room[at + 1] = 0xbf
    room[at + 2] = 0xbd
  }
  return { bytes: room, size }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes)
    return true
  } catch {
    return false
  }
}

function grown(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(2 * bytes.length, size))
  larger.set(bytes)
  return larger
}
