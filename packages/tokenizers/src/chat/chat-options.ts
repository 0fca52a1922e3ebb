import type { CallOptions, PaddingStrategy, TruncationStrategy } from '../call-options.ts'
import { show, TokenizerError } from '../errors.ts'
import type { RenderOptions } from './chat-template.ts'

/** Options of `Tokenizer.applyChatTemplate`. */
export interface ChatOptions extends RenderOptions {
  /** Ids instead of text. True by default, as in Transformers. */
  tokenize?: boolean | undefined
  /** Let control tokens that are spelled out in messages be control tokens. False by default. */
  allowSpecialTokensInContent?: boolean | undefined
  /** Return a `BatchEncoding`, with a row for each conversation, instead of ids. False by default. */
  returnDict?: boolean | undefined
  /** Return which tokens `{% generation %}` blocks of the template wrote; needs `returnDict`. False by default. */
  returnAssistantTokensMask?: boolean | undefined
  /** As of `call`. */
  padding?: PaddingStrategy | undefined
  /** As of `call`. */
  truncation?: TruncationStrategy | undefined
  /** As of `call`. */
  maxLength?: number | undefined
  /** More options of `call`, such as `returnOffsetsMapping`. */
  tokenizerKwargs?: CallOptions | undefined
  /** Any other key is a variable of the template under that name, such as `enable_thinking`. */
  [variable: string]: unknown
}

/** What a caller gave, sorted. */
export interface ReadChatOptions {
  readonly render: RenderOptions
  readonly call: CallOptions
  readonly tokenize: boolean
  readonly allowSpecialTokensInContent: boolean
  readonly returnDict: boolean
  readonly returnAssistantTokensMask: boolean
}

const renderNames = [
  'addGenerationPrompt',
  'continueFinalMessage',
  'tools',
  'documents',
  'chatTemplate',
  'now',
  'templateBudget',
  'variables',
]
const flagNames = [
  'tokenize',
  'allowSpecialTokensInContent',
  'returnDict',
  'returnAssistantTokensMask',
] as const
const callNames = ['padding', 'truncation', 'maxLength', 'tokenizerKwargs']

const pythonNames = new Set([
  'add_generation_prompt',
  'continue_final_message',
  'chat_template',
  'messages',
  'conversation',
  'max_length',
  'return_dict',
  'return_tensors',
  'return_assistant_tokens_mask',
  'tokenizer_kwargs',
])

/** Sorts what a caller gave; every key that is no option is a variable. Throws ERR_TEMPLATE_INPUT. */
export function readChatOptions(given: ChatOptions): ReadChatOptions {
  const wrong = Object.keys(given).find((key) => pythonNames.has(key))
  if (wrong !== undefined) {
    throw inputError('options are written in camelCase, and messages are the first argument', wrong)
  }
  if (given['returnTensors'] !== undefined && given['returnTensors'] !== false) {
    throw inputError(
      'ids come as lists: make a tensor of them, without returnTensors',
      given['returnTensors'],
    )
  }
  const pick = (wanted: (key: string) => boolean) =>
    Object.fromEntries(
      Object.entries(given).filter(([key, value]) => wanted(key) && value !== undefined),
    )
  const known = new Set<string>([...renderNames, ...flagNames, ...callNames, 'returnTensors'])
  const render = pick((key) => renderNames.includes(key)) as RenderOptions
  const variables = { ...render.variables, ...pick((key) => !known.has(key)) }
  const { tokenizerKwargs, ...call } = pick((key) => callNames.includes(key)) as CallOptions & {
    tokenizerKwargs?: CallOptions
  }
  const flags = flagNames.map((name) => {
    const value = given[name] ?? name === 'tokenize'
    if (typeof value !== 'boolean') throw inputError(`${name} must be true or false`, value)
    return value
  })
  const [tokenize, allowSpecialTokensInContent, returnDict, returnAssistantTokensMask] = flags as [
    boolean,
    boolean,
    boolean,
    boolean,
  ]
  if (returnAssistantTokensMask && !(returnDict && tokenize)) {
    throw inputError(
      'returnAssistantTokensMask needs returnDict, and ids instead of text',
      'neither',
    )
  }
  if (returnAssistantTokensMask && render.continueFinalMessage) {
    throw inputError(
      'returnAssistantTokensMask and continueFinalMessage exclude each other',
      'both',
    )
  }
  return {
    render: { ...render, variables },
    call: { ...tokenizerKwargs, ...call, addSpecialTokens: false },
    tokenize,
    allowSpecialTokensInContent,
    returnDict,
    returnAssistantTokensMask,
  }
}

/** The error for an argument of `applyChatTemplate`. */
export function inputError(rule: string, got: unknown): TokenizerError {
  return new TokenizerError('ERR_TEMPLATE_INPUT', `applyChatTemplate: ${rule}; got ${show(got)}.`)
}
