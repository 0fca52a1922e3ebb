import { TokenizerError } from '../errors.ts'
import { field, type JsonObject } from '../json.ts'

/** Tokenizer files by name, without folder. */
export type FileMap = ReadonlyMap<string, Uint8Array>

/** What the files of a folder without tokenizer.json come to. */
export interface TokenizerParts {
  /** As a parsed tokenizer.json; components of SentencePiece have types of their own. */
  readonly tokenizer: JsonObject
  /** tokenizer_config.json with what the files say themselves: names of special tokens, `add_bos_token` and the like. */
  readonly config: JsonObject
}

/** A kind of tokenizer files: which of the names it reads (most telling first), and how. */
interface FileKind {
  find(names: readonly string[], config: JsonObject): readonly string[] | undefined
  read(files: FileMap, names: readonly string[], config: JsonObject): TokenizerParts
}

const kinds: readonly FileKind[] = []

/** The names, of those in a folder, that {@link readTokenizerFiles} wants the bytes of; empty when it can do nothing. */
export function tokenizerFileNames(
  names: readonly string[],
  config: JsonObject = {},
): readonly string[] {
  for (const kind of kinds) {
    const found = kind.find(names, config)
    if (found) return found
  }
  return []
}

/**
 * Reads a SentencePiece model, tiktoken ranks, tekken.json, vocab.json + merges.txt or vocab.txt, for folders without
 * tokenizer.json. `config` is the parsed tokenizer_config.json. Malformed files throw a `TokenizerError`.
 */
export function readTokenizerFiles(files: FileMap, config: JsonObject = {}): TokenizerParts {
  const names = [...files.keys()]
  for (const kind of kinds) {
    const found = kind.find(names, config)
    if (found) return kind.read(files, found, config)
  }
  throw new TokenizerError(
    'ERR_TOKENIZER_FILE',
    `readTokenizerFiles: the files must hold tokenizer.model, tekken.json, a .tiktoken file, vocab.json with ` +
      `merges.txt, or vocab.txt; got ${names.join(', ') || 'none'} for ${String(field(config, 'tokenizer_class') ?? 'no tokenizer_class')}.`,
    { details: { names } },
  )
}
