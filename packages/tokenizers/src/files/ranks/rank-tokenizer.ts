import { specialTokenJson } from '../../added-token.ts'
import type { JsonObject } from '../../json.ts'
import type { ByteRanks } from './byte-ranks.ts'
import { mergesOfRanks } from './merges-of-ranks.ts'

/** A special token with its id. */
export type SpecialToken = readonly [token: string, id: number]

/** The tokenizer.json of byte-level BPE by ranks. The vocabulary and the merges are ready-made, not lists. */
export function rankTokenizer(
  ranks: ByteRanks,
  pattern: string,
  special: readonly SpecialToken[],
  where: string,
  normalizer: JsonObject | null = null,
): JsonObject {
  const order = ranks.order()
  const vocabulary = ranks.vocabulary(order, special)
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map(([content, id]) => specialTokenJson(id, content)),
    normalizer,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: {
      type: 'ByteLevel',
      add_prefix_space: true,
      trim_offsets: false,
      use_regex: true,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      // A piece that is a token itself is that token, whatever its parts come to.
      ignore_merges: true,
      vocab: vocabulary,
      merges: mergesOfRanks(ranks, order, vocabulary, where),
    },
  }
}
