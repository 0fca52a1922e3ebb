// tiktoken joins any two neighbours whose bytes together are a token, the lowest rank first. A token can only come to
// be within its own bytes, in the same order wherever they stand: so one pair is enough for each token, the last two
// parts when its bytes alone are joined. That pair is a merge as BPE has it, and ids come out the same.
import { TokenizerError } from '../../errors.ts'
import { mergeSymbols } from '../../models/merge-symbols.ts'
import { MergeTable } from '../../models/merge-table.ts'
import type { Vocabulary } from '../../models/vocabulary.ts'
import type { ByteRanks } from './byte-ranks.ts'

// Tokens that parts of a lower rank do not come to are put together the slow way; known files have a handful.
const MAX_SLOW_STEPS = 50_000_000

/** The merges that give the ids of tiktoken for these ranks; `order` is that of the ranks. */
export function mergesOfRanks(
  ranks: ByteRanks,
  order: Int32Array,
  vocabulary: Vocabulary,
  where: string,
): MergeTable {
  const merges = new MergeTable(order.length)
  const byteIds = new Int32Array(256)
  for (const place of order) {
    const bytes = ranks.bytesAt(place)
    if (bytes.length === 1) byteIds[bytes[0]!] = ranks.idAt(place)
  }
  const symbols = new Int32Array(512)
  let steps = 0
  let rank = 0
  for (const place of order) {
    const bytes = ranks.bytesAt(place)
    const size = bytes.length
    if (size === 1) continue
    for (let i = 0; i < size; i++) symbols[i] = byteIds[bytes[i]!]!
    const left = size === 2 ? 2 : mergeSymbols(symbols, size, merges)
    const id = ranks.idAt(place)
    if (left === 2) {
      merges.set(symbols[0]!, symbols[1]!, rank++, id)
      continue
    }
    steps += size * size
    if (steps > MAX_SLOW_STEPS) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `${where}: most tokens must come from two tokens of lower rank; got too many that do not. Are the ranks in order?`,
      )
    }
    const pair = lastPair(bytes, vocabulary)
    if (pair) merges.set(pair[0], pair[1], rank++, id)
  }
  return merges
}

/** The last two parts of a token when any two neighbours may join; undefined when they never come to the token. */
function lastPair(
  bytes: Uint8Array,
  vocabulary: Vocabulary,
): readonly [number, number] | undefined {
  // Where each part begins, and the end.
  const cuts = Array.from({ length: bytes.length + 1 }, (_, i) => i)
  const find = (from: number, to: number): number => {
    const part = bytes.subarray(from, to)
    return vocabulary.findByteCharacters(part, part.length)
  }
  const joined = (i: number): number => (i + 2 < cuts.length ? find(cuts[i]!, cuts[i + 2]!) : -1)
  const candidates = cuts.map((_, i) => joined(i))
  while (cuts.length > 3) {
    let best = -1
    for (let i = 0; i < candidates.length; i++) {
      const id = candidates[i]!
      if (id >= 0 && (best < 0 || id < candidates[best]!)) best = i
    }
    if (best < 0) return undefined
    cuts.splice(best + 1, 1)
    candidates.splice(best + 1, 1)
    candidates[best] = joined(best)
    if (best > 0) candidates[best - 1] = joined(best - 1)
  }
  return [find(cuts[0]!, cuts[1]!), find(cuts[1]!, cuts[2]!)]
}
