import type { CallOptions, PaddingSide, TextInput } from './call-options.ts'
import type { ChatTemplate } from './chat/chat-template.ts'
import type { JsonObject } from './json.ts'
import type { SpecialTokens } from './special-tokens.ts'

/** Options of `Tokenizer.encode` and `Tokenizer.encoding`. */
export interface EncodeOptions
  extends Pick<
    CallOptions,
    | 'addSpecialTokens'
    | 'splitSpecialTokens'
    | 'padding'
    | 'truncation'
    | 'maxLength'
    | 'stride'
    | 'isSplitIntoWords'
    | 'overflow'
    | 'padToMultipleOf'
    | 'paddingSide'
    | 'verbose'
  > {
  /** A second text, laid behind the first by the tokenizer's pair template. */
  textPair?: TextInput | undefined
}

/** Options of `Tokenizer.decode` and `Tokenizer.streamDecoder`. */
export interface DecodeOptions {
  skipSpecialTokens?: boolean | undefined
  /** Remove the spaces before English punctuation; the tokenizer's own setting by default. */
  cleanUpTokenizationSpaces?: boolean | undefined
}

/** Options of `Tokenizer.convertIdsToTokens`. */
export interface SkipOptions {
  /** Leave out the special tokens. False by default. */
  skipSpecialTokens?: boolean | undefined
}

/** Options of `Tokenizer.getSpecialTokensMask`. */
export interface SpecialTokensMaskOptions {
  pairIds?: readonly number[] | undefined
  alreadyHasSpecialTokens?: boolean | undefined
}

/** What a tokenizer knows beside its tokenizer.json; see `AutoTokenizer`. */
export interface TokenizerSettings {
  readonly specialTokens?: SpecialTokens
  readonly extraSpecialTokens?: readonly string[]
  readonly chatTemplate?: ChatTemplate | undefined
  readonly paddingSide?: PaddingSide
  readonly truncationSide?: PaddingSide
  readonly modelMaxLength?: number
  readonly modelInputNames?: readonly string[]
  readonly padTokenTypeId?: number
  readonly cleanUpTokenizationSpaces?: boolean
  readonly splitSpecialTokens?: boolean
  /** tokenizer_config.json as it was read; `savePretrained` writes back what it does not know. */
  readonly config?: JsonObject | undefined
  /** Takes warnings, each once; console.warn by default. */
  readonly warn?: ((message: string) => void) | undefined
}
