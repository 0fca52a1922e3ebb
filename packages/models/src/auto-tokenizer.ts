import { openGGUF } from '@heddle/formats'
import {
  AutoTokenizer as FolderTokenizer,
  createTokenizer,
  readGGUFTokenizer,
  type Tokenizer,
  type TokenizerLoadOptions,
} from '@heddle/tokenizers'
import { isGGUFPath } from './gguf/gguf-model.ts'

/** Loads tokenizers from folders of the Hub's layout and from GGUF files. */
export const AutoTokenizer = {
  /** As `AutoTokenizer` of @heddle/tokenizers; the path of a `.gguf` file loads the tokenizer in it. */
  async fromPretrained(path: string, options: TokenizerLoadOptions = {}): Promise<Tokenizer> {
    if (!isGGUFPath(path)) return FolderTokenizer.fromPretrained(path, options)
    const { config: overrides, signal, warn } = options
    signal?.throwIfAborted()
    using file = await openGGUF(path)
    const { tokenizer, ...files } = readGGUFTokenizer(file.metadata)
    return createTokenizer(tokenizer, { ...files, overrides, warn, fromVocabularyFiles: true })
  },
}
