import { show, TokenizerError } from '../errors.ts'
import type { TemplateBudget } from './jinja/budget.ts'
import type { Disguise } from './jinja/render.ts'
import { renderWithGenerations, type RenderedTemplate } from './render-template.ts'
import { toolSchemas } from './tool-schema.ts'

/** One message of a chat; templates read more keys than these. */
export interface ChatMessage {
  role: string
  content?: unknown
  [key: string]: unknown
}

/** A template, or several by name. */
export type ChatTemplate = string | ReadonlyMap<string, string>

/** What a template is rendered with. */
export interface RenderOptions {
  /** End with the header of an assistant message. */
  addGenerationPrompt?: boolean | undefined
  /** Leave the last message open, so that the model goes on with it; a string names the field to continue. */
  continueFinalMessage?: boolean | string | undefined
  /** JSON schemas of functions, or functions that `getJsonSchema` can read. */
  tools?: readonly unknown[] | null | undefined
  /** Documents for retrieval. */
  documents?: readonly unknown[] | null | undefined
  /** A template, or the name of one of the tokenizer's. */
  chatTemplate?: string | undefined
  /** The time that `strftime_now` tells; now by default. */
  now?: Date | undefined
  /** What the template may cost. */
  templateBudget?: TemplateBudget | undefined
  /** More variables for the template, such as `enable_thinking`; keys are the template's own names. */
  variables?: Readonly<Record<string, unknown>> | undefined
}

/** Picks the template that Transformers would. */
export function selectTemplate(
  own: ChatTemplate | undefined,
  asked: string | undefined,
  hasTools: boolean,
): string {
  if (own instanceof Map) {
    if (asked !== undefined) return own.get(asked) ?? asked
    const found = (hasTools ? own.get('tool_use') : undefined) ?? own.get('default')
    if (found !== undefined) return found
    throw new TokenizerError(
      'ERR_TEMPLATE_MISSING',
      `applyChatTemplate: chatTemplate must name one of the templates when none is called default; got nothing. ` +
        `There are ${[...own.keys()].sort().join(', ')}.`,
    )
  }
  const template = asked ?? own
  if (template === undefined) {
    throw new TokenizerError(
      'ERR_TEMPLATE_MISSING',
      'applyChatTemplate: the tokenizer must have a chat template; got none. ' +
        'Is this a base model? Pass chatTemplate, or encode plain text.',
    )
  }
  return template as string
}

const tag = 'CONTINUE_FINAL_MESSAGE_TAG '

/** Renders one conversation with `template`. */
export function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  options: RenderOptions,
  specialTokens: Readonly<Record<string, string>>,
  disguise?: Disguise | undefined,
): RenderedTemplate {
  const { addGenerationPrompt = false, continueFinalMessage = false } = options
  if (continueFinalMessage && addGenerationPrompt) {
    throw new TokenizerError(
      'ERR_TEMPLATE_INPUT',
      'applyChatTemplate: continueFinalMessage and addGenerationPrompt exclude each other; got both.',
    )
  }
  const chat = messages.map((message) => ({ ...message }))
  const continued = continueFinalMessage
    ? tagFinal(chat, continueFinalMessage === true ? 'content' : continueFinalMessage, template)
    : undefined
  const rendered = renderWithGenerations(
    template,
    {
      ...specialTokens,
      ...options.variables,
      messages: chat,
      tools: options.tools ?? null,
      documents: options.documents ?? null,
      add_generation_prompt: addGenerationPrompt,
    },
    { now: options.now, budget: options.templateBudget, disguise },
  )
  if (continued === undefined) return rendered
  return { ...rendered, text: cutAtTag(rendered.text, continued) }
}

/** Tools as schemas, and documents as they are. Throws ERR_TEMPLATE_INPUT for what is neither. */
export function readInputs({
  tools,
  documents,
}: RenderOptions): Pick<RenderOptions, 'tools' | 'documents'> {
  for (const [name, list] of Object.entries({ tools, documents })) {
    if (list !== undefined && list !== null && !Array.isArray(list)) {
      throw new TokenizerError(
        'ERR_TEMPLATE_INPUT',
        `applyChatTemplate: ${name} must be a list; got ${show(list)}.`,
      )
    }
  }
  const wrong = documents?.find((document) => !isObject(document))
  if (wrong !== undefined) {
    throw new TokenizerError(
      'ERR_TEMPLATE_INPUT',
      `applyChatTemplate: documents must be objects, such as { title, text }; got ${show(wrong)}.`,
    )
  }
  return { tools: tools ? toolSchemas(tools) : tools, documents }
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function tagFinal(chat: ChatMessage[], name: string, template: string): string {
  const last = chat.at(-1)
  const fail = (got: string) =>
    new TokenizerError(
      'ERR_TEMPLATE_INPUT',
      `applyChatTemplate: continueFinalMessage needs text in "${name}" of the last message that the template prints; got ${got}.`,
    )
  const value = last && Object.hasOwn(last, name) ? last[name] : undefined
  if (!last || value === undefined) throw fail('none')
  if (!template.includes(name)) throw fail('a template without it')
  if (typeof value === 'string') {
    last[name] = value + tag
    return value
  }
  const blocks = Array.isArray(value) ? [...value] : []
  const at = blocks.findLastIndex((block) => typeof block?.text === 'string')
  if (at < 0) throw fail(show(value))
  const text = blocks[at].text as string
  blocks[at] = { ...blocks[at], text: text + tag }
  last[name] = blocks
  return text
}

function cutAtTag(rendered: string, final: string): string {
  const at = rendered.lastIndexOf(tag.trim())
  if (at < 0 || !rendered.includes(final.trim())) {
    throw new TokenizerError(
      'ERR_TEMPLATE_INPUT',
      'applyChatTemplate: the template must print the final message as it is for continueFinalMessage; ' +
        `got a chat without ${show(final.trim())}.`,
    )
  }
  const open = rendered.slice(0, at)
  // Trailing space that the template trimmed does not come back.
  return rendered.startsWith(tag, at) ? open : open.trimEnd()
}
