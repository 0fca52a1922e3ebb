import type { BatchEncoding } from '../batch-encoding.ts'
import type { EncodeInput } from '../batch-inputs.ts'
import type { CallOptions } from '../call-options.ts'
import type { Pipeline } from '../pipeline.ts'
import { assistantMask } from './assistant-mask.ts'
import { inputError, readChatOptions, type ChatOptions } from './chat-options.ts'
import {
  readInputs,
  renderChat,
  selectTemplate,
  type ChatMessage,
  type ChatTemplate,
} from './chat-template.ts'
import { controlTokensOf, type ControlTokenSets } from './control-tokens.ts'
import { disguiseChat } from './disguise.ts'

/** One conversation, or several. */
export type Conversations = readonly ChatMessage[] | readonly (readonly ChatMessage[])[]

/** What a tokenizer lends to the templates of its chats. */
export interface ChatHost {
  readonly pipeline: Pipeline
  readonly chatTemplate: ChatTemplate | undefined
  readonly specialTokens: Readonly<Partial<Record<string, string>>>
  encodeChats(inputs: readonly EncodeInput[], options: CallOptions): BatchEncoding
  warn(message: string): void
}

/** A rendered conversation on its way to ids. */
interface RenderedChat extends EncodeInput {
  readonly text: string
  readonly generations: readonly (readonly [start: number, end: number])[]
}

/** Renders one conversation or several: to text, to ids, or to all that `call` returns. */
export function applyChatTemplate(
  host: ChatHost,
  conversation: Conversations,
  given: ChatOptions,
): string | string[] | number[] | number[][] | BatchEncoding {
  const { chats, isBatch } = readConversations(conversation)
  const options = readChatOptions(given)
  const render = { ...options.render, ...readInputs(options.render) }
  const hasTools = render.tools !== undefined && render.tools !== null
  const template = selectTemplate(host.chatTemplate, render.chatTemplate, hasTools)
  const tokens = namedTokens(host.specialTokens)
  const one = (chat: readonly ChatMessage[]): RenderedChat => {
    if (!options.tokenize || options.allowSpecialTokensInContent) {
      return { ...renderChat(template, chat, render, tokens), pair: undefined }
    }
    const { pipeline } = host
    const disguised = disguiseChat(
      chat,
      render,
      template,
      controlsOf(pipeline, template),
      pipeline.normalizer,
    )
    const { messages, options: masked, disguise, revealer } = disguised
    const rendered = renderChat(template, messages, masked, tokens, disguise)
    return { ...rendered, pair: undefined, revealer }
  }
  const rendered = chats.map(one)
  if (!options.tokenize) return isBatch ? rendered.map(({ text }) => text) : rendered[0]!.text
  const isPlain = Object.keys(options.call).length === 1
  if (!options.returnDict && isPlain) {
    const rows = rendered.map(({ text, revealer }) => host.pipeline.encode(text, { revealer }))
    return isBatch ? rows : rows[0]!
  }
  const batch = host.encodeChats(rendered, options.call)
  if (!options.returnDict) return isBatch ? batch.inputIds : batch.inputIds[0]!
  if (options.returnAssistantTokensMask) {
    if (!/\{%[-+]?\s*generation\s*[-+]?%\}/.test(template)) {
      host.warn(
        'applyChatTemplate: returnAssistantTokensMask needs {% generation %} in the template; without, no token is marked.',
      )
    }
    const samples = batch.data.overflowToSampleMapping
    batch.data.assistantMasks = batch.encodings.map((encoding, row) =>
      assistantMask(encoding, rendered[samples?.[row] ?? row]!.generations),
    )
  }
  return batch
}

function readConversations(conversation: unknown): {
  readonly chats: readonly (readonly ChatMessage[])[]
  readonly isBatch: boolean
} {
  if (!Array.isArray(conversation) || conversation.length === 0) {
    throw inputError('messages must be a list of objects with at least one', conversation)
  }
  const isBatch = Array.isArray(conversation[0])
  const chats = isBatch ? conversation : [conversation]
  for (const chat of chats) {
    if (!Array.isArray(chat) || chat.length === 0 || !chat.every(isObject)) {
      throw inputError('messages must be a list of objects with at least one', chat)
    }
  }
  return { chats, isBatch }
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Special tokens under the names that templates use. */
function namedTokens(specialTokens: ChatHost['specialTokens']): Record<string, string> {
  const named: [string, string][] = []
  for (const [name, token] of Object.entries(specialTokens)) {
    if (token !== undefined) named.push([`${name}_token`, token])
  }
  return Object.fromEntries(named)
}

/** Templates of which the control tokens are remembered, for each tokenizer. */
const MAX_KNOWN = 8

interface KnownControls {
  /** Number of added tokens when the controls were found. */
  readonly size: number
  readonly byTemplate: Map<string, ControlTokenSets>
}

const known = new WeakMap<Pipeline, KnownControls>()

function controlsOf(pipeline: Pipeline, template: string): ControlTokenSets {
  const { addedTokens, normalizer } = pipeline
  const { size } = addedTokens
  let own = known.get(pipeline)
  if (!own || own.size !== size || own.byTemplate.size >= MAX_KNOWN) {
    own = { size, byTemplate: new Map() }
    known.set(pipeline, own)
  }
  let controls = own.byTemplate.get(template)
  if (!controls) {
    controls = controlTokensOf(template, addedTokens, normalizer)
    own.byTemplate.set(template, controls)
  }
  return controls
}
