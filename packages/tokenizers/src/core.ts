// All of the package that needs no file system: what a browser can run.
export type { AddedToken } from './added-token.ts'
export { BatchEncoding, type EncodedData } from './batch-encoding.ts'
export type {
  BatchInput,
  CallOptions,
  PaddingSide,
  PaddingStrategy,
  TextInput,
  TruncationStrategy,
} from './call-options.ts'
export type { Conversations } from './chat/apply-chat-template.ts'
export type { ChatMessage, ChatTemplate, RenderOptions } from './chat/chat-template.ts'
export type { TemplateBudget } from './chat/jinja/budget.ts'
export { Float as TemplateFloat } from './chat/jinja/values.ts'
export { renderTemplate } from './chat/render-template.ts'
export {
  parseToolCalls,
  type ParsedToolCalls,
  type ToolCall,
  type ToolCallError,
  type ToolCallFormat,
} from './chat/tool-calls.ts'
export {
  getJsonSchema,
  tool,
  type JsonSchema,
  type ParameterDescription,
  type ToolDescription,
  type ToolSchema,
} from './chat/tool-schema.ts'
export { createTokenizer, type TokenizerFiles } from './create-tokenizer.ts'
export { Encoding, type Span } from './encoding.ts'
export { isTokenizerError, TokenizerError, type TokenizerErrorCode } from './errors.ts'
export { type GGUFTokenizer, readGGUFTokenizer } from './files/gguf/read-gguf-tokenizer.ts'
export {
  readTokenizerFiles,
  tokenizerFileNames,
  type FileMap,
  type TokenizerParts,
} from './files/read-tokenizer-files.ts'
export type { EncodedRow, EncodedRows, PadOptions } from './padding.ts'
export { Pipeline, type FullSettings, type PipelineInput } from './pipeline.ts'
export type { SpecialTokenInputs, SpecialTokens, TokenInput } from './special-tokens.ts'
export { StreamDecoder } from './stream-decoder.ts'
export type {
  DecodeOptions,
  EncodeOptions,
  SkipOptions,
  SpecialTokensMaskOptions,
  TokenizerSettings,
} from './tokenizer-options.ts'
export { Tokenizer, type ChatOptions } from './tokenizer.ts'
export type { TrainingProgress } from './trainers/pace.ts'
export type { RetrainOptions } from './trainers/retrain.ts'
export { trainTokenizer } from './trainers/train-tokenizer.ts'
export type { TokenizerSkeleton } from './trainers/train-tokenizer-json.ts'
export type { TrainerOptions } from './trainers/trainer-options.ts'
export type { TrainingTexts } from './trainers/word-counts.ts'
