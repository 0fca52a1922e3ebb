import { TokenizerError } from '../errors.ts'
import { field, type JsonObject } from '../json.ts'
import { readTekken } from './ranks/read-tekken.ts'
import { isTiktoken, readTiktoken } from './ranks/read-tiktoken.ts'
import { readSentencePiece } from './sentencepiece/read-sentencepiece.ts'
import { readMergesFiles } from './vocabulary/read-merges-files.ts'
import { readWordPieceFiles } from './vocabulary/read-word-piece-files.ts'

/** Tokenizer files by name, without folder. */
export type FileMap = ReadonlyMap<string, Uint8Array>

/** What the files of a folder without tokenizer.json come to. */
export interface TokenizerParts {
  /** As a parsed tokenizer.json; components of SentencePiece have types of their own. */
  readonly tokenizer: JsonObject
  /** tokenizer_config.json with what the files say themselves: names of special tokens, `add_bos_token` and the like. */
  readonly config: JsonObject
}

/** A kind of tokenizer files: which of the names it reads, and how. */
interface FileKind {
  find(names: readonly string[]): readonly string[] | undefined
  read(files: FileMap, names: readonly string[], config: JsonObject): TokenizerParts
}

/** The first of some patterns that a name matches, with that name. */
const first =
  (...patterns: readonly RegExp[]) =>
  (names: readonly string[]): readonly string[] | undefined => {
    for (const pattern of patterns) {
      const found = names.filter((name) => pattern.test(name)).sort()
      if (found.length > 0) return [found.at(-1)!]
    }
    return undefined
  }

const all =
  (...wanted: readonly string[]) =>
  (names: readonly string[]): readonly string[] | undefined =>
    wanted.every((name) => names.includes(name)) ? wanted : undefined

const kinds: readonly FileKind[] = [
  {
    find: first(/^tekken.*\.json$/),
    read: (files, [name], config) => readTekken(files.get(name!)!, name!, config),
  },
  {
    find: first(
      /^tokenizer\.model$/,
      /^spiece\.model$/,
      /^sentencepiece(\.bpe)?\.model$/,
      // Mistral writes its version behind the name; the last one counts.
      /\.model(\.v\d+(m\d+)?)?$/,
    ),
    read(files, [name], config) {
      const bytes = files.get(name!)!
      return isTiktoken(bytes)
        ? readTiktoken(bytes, name!, config)
        : readSentencePiece(bytes, config, name!)
    },
  },
  {
    find: first(/\.tiktoken$/),
    read: (files, [name], config) => readTiktoken(files.get(name!)!, name!, config),
  },
  {
    find: all('vocab.json', 'merges.txt'),
    read: (files, [vocab, merges], config) => readMergesFiles(files, vocab!, merges!, config),
  },
  {
    find: all('vocab.txt'),
    read: (files, [name], config) => readWordPieceFiles(files.get(name!)!, name!, config),
  },
]

/** The names, of those in a folder, that {@link readTokenizerFiles} wants the bytes of; empty when it can do nothing. */
export function tokenizerFileNames(names: readonly string[]): readonly string[] {
  for (const kind of kinds) {
    const found = kind.find(names)
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
    const found = kind.find(names)
    if (found) return kind.read(files, found, config)
  }
  throw new TokenizerError(
    'ERR_TOKENIZER_FILE',
    `readTokenizerFiles: the files must hold tokenizer.model, tekken.json, a .tiktoken file, vocab.json with ` +
      `merges.txt, or vocab.txt; got ${names.join(', ') || 'none'} for ${String(field(config, 'tokenizer_class') ?? 'no tokenizer_class')}.`,
    { details: { names } },
  )
}
