import type { PaddingSide } from './call-options.ts'
import type { ChatTemplate } from './chat/chat-template.ts'
import { show, TokenizerError } from './errors.ts'
import { field, type JsonObject } from './json.ts'
import { specialNames, type SpecialTokens } from './special-tokens.ts'
import { tokenizerClassOf } from './tokenizer-class.ts'

/** What of a tokenizer goes into files. */
export interface FiledTokenizer {
  readonly chatTemplate: ChatTemplate | undefined
  readonly paddingSide: PaddingSide
  readonly truncationSide: PaddingSide
  readonly modelMaxLength: number
  readonly modelInputNames: readonly string[]
  readonly cleanUpTokenizationSpaces: boolean
  readonly splitSpecialTokens: boolean
  readonly specialTokens: SpecialTokens
  readonly extraSpecialTokens: readonly string[]
  readonly config: JsonObject
  readonly pipeline: { toJSON(): JsonObject }
}

/** The folder of all templates but the default one. */
export const templateFolder = 'additional_chat_templates'

// What stands in tokenizer.json, in a file of its own, or only said where the files were.
const leftOut =
  /^(?:added_tokens_decoder|additional_special_tokens|extra_special_tokens|add_(?:bos|eos)_token|chat_template|max_len|name_or_path|(?:tokenizer|special_tokens_map|vocab|merges)_file|device_map|files_loaded)$/

/** The files of a tokenizer by name, as Transformers writes them. */
export function tokenizerFiles(tokenizer: FiledTokenizer): Map<string, string> {
  const json = tokenizer.pipeline.toJSON()
  return new Map([
    ['tokenizer.json', JSON.stringify(json, undefined, 2)],
    ['tokenizer_config.json', `${JSON.stringify(configOf(tokenizer, json), undefined, 2)}\n`],
    ...templateFiles(tokenizer.chatTemplate),
  ])
}

function configOf(tokenizer: FiledTokenizer, json: JsonObject): JsonObject {
  const { config, specialTokens, extraSpecialTokens, modelMaxLength } = tokenizer
  const entries = new Map<string, unknown>([['tokenizer_class', 'PreTrainedTokenizerFast']])
  for (const [key, value] of Object.entries(config)) {
    if (!leftOut.test(key) && !isToken(key, value)) entries.set(key, value)
  }
  // A name that was taken away would come back from the class or from the padding of tokenizer.json.
  const defaults = tokenizerClassOf(config, undefined, json)?.specialTokens ?? {}
  const padding = field(json, 'padding')
  for (const name of specialNames) {
    const comesBack = Object.hasOwn(defaults, name) || (name === 'pad' && Boolean(padding))
    if (comesBack) entries.set(`${name}_token`, null)
  }
  for (const name of Object.keys(defaults)) entries.set(`${name}_token`, null)
  for (const [name, token] of Object.entries(specialTokens)) entries.set(`${name}_token`, token)
  if (extraSpecialTokens.length > 0) entries.set('extra_special_tokens', extraSpecialTokens)
  entries.set('padding_side', tokenizer.paddingSide)
  entries.set('truncation_side', tokenizer.truncationSide)
  entries.set('model_input_names', tokenizer.modelInputNames)
  entries.set('clean_up_tokenization_spaces', tokenizer.cleanUpTokenizationSpaces)
  entries.set('split_special_tokens', tokenizer.splitSpecialTokens)
  if (Number.isFinite(modelMaxLength)) entries.set('model_max_length', modelMaxLength)
  else entries.delete('model_max_length')
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

const isToken = (key: string, value: unknown): boolean =>
  key.endsWith('_token') && typeof value !== 'boolean'

function templateFiles(template: ChatTemplate | undefined): [string, string][] {
  if (template === undefined) return []
  const named = typeof template === 'string' ? [['default', template] as const] : [...template]
  return named.map(([name, text]) => {
    if (name === 'default') return ['chat_template.jinja', text]
    if (/^[\w-][\w.-]*$/.test(name)) return [`${templateFolder}/${name}.jinja`, text]
    throw new TokenizerError(
      'ERR_TOKENIZER_INPUT',
      `savePretrained: a chat template needs a name of letters, digits, _, - and . for its file; got ${show(name)}. ` +
        'Give it another name in tokenizer.chatTemplate.',
    )
  })
}
