export { AutoTokenizer } from './auto-tokenizer.ts'
export type { ChatMessage, ChatTemplate, RenderOptions } from './chat/chat-template.ts'
export { renderTemplate } from './chat/render-template.ts'
export { createTokenizer, type TokenizerFiles } from './create-tokenizer.ts'
export { isTokenizerError, TokenizerError, type TokenizerErrorCode } from './errors.ts'
export type { Batch, CallOptions, PaddingSide } from './padding.ts'
export { StreamDecoder } from './stream-decoder.ts'
export {
  Tokenizer,
  type ChatOptions,
  type DecodeOptions,
  type EncodeOptions,
  type SpecialTokens,
} from './tokenizer.ts'
