// Chat goldens: a template file (`template` and `results`), rendered over the conversations of the chat index
// beside it or above it, and the index itself (`language`, `conversations`).
import { dirname } from 'node:path'
import { sameText } from '../compare.mjs'
import { findJson } from '../json-files.mjs'

export function chatTemplate({ folder, stem, content, accepts, root }) {
  const { template, results } = content
  if (typeof template !== 'string' || typeof results !== 'object' || !results) return undefined
  const title = content.name ?? stem
  if (!accepts(title, stem)) return []
  const run = ({ heddle, report }) => {
    const index = indexAbove(folder, root)
    for (const [conversation, want] of Object.entries(results)) {
      const name = `${title}/${conversation}`
      const chat = index?.conversations[conversation]
      if (!chat) report.skip(name, 'the chat index with this conversation was not found')
      else report.check(name, verdict(renderChat(heddle, template, index, chat), want))
    }
    for (const conversation of Object.keys(content.assistant_spans ?? {}))
      report.skip(
        `${title}/assistant_spans/${conversation}`,
        'assistant spans are not supported yet',
      )
  }
  return [{ kind: 'chat', name: title, run }]
}

export function chatIndex({ content, accepts, stem }) {
  if (!('conversations' in content && Array.isArray(content.language))) return undefined
  const wanted = (group) => accepts(group, stem)
  if (!['language', 'assistant_masks', 'tool_schemas'].some(wanted)) return []
  const run = ({ heddle, report }) => {
    if (wanted('language')) {
      content.language.forEach((c, i) => {
        const context = structuredClone(content.language_context)
        const got = attempt(() => heddle.renderTemplate(c.template, context, clock(content)))
        report.check(`language/${i}`, verdict(got, c))
      })
    }
    if (wanted('assistant_masks')) {
      content.assistant_masks?.forEach((_, i) => {
        report.skip(`assistant_masks/${i}`, 'assistant masks are not supported yet')
      })
    }
    if (wanted('tool_schemas')) {
      content.tool_schemas?.forEach((_, i) => {
        report.skip(`tool_schemas/${i}`, 'schemas of Python functions have no counterpart here')
      })
    }
  }
  return [{ kind: 'chat', name: stem, run }]
}

const isIndex = (json) => 'conversations' in json && 'now' in json

/** The chat index in the folder of a template or in one above it, at most one level above the root. */
function indexAbove(folder, root) {
  for (let at = folder; ; at = dirname(at)) {
    const index = findJson(at, 'chat index', isIndex)
    if (index) return index
    if (at === dirname(root) || at === dirname(at)) return undefined
  }
}

// The clock of the goldens has no zone, and neither has the one that templates read.
const clock = ({ now }) => new Date(now)

/** Renders as a tokenizer with these special tokens does; its vocabulary plays no part. */
function renderChat(heddle, template, index, chat) {
  const { messages, tools, documents, kwargs, ...flags } = structuredClone(chat)
  return attempt(() => {
    const json = { version: '1.0', model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }
    const config = index.special_tokens
    return heddle.createTokenizer(json, { config }).applyChatTemplate(messages, {
      tokenize: false,
      chatTemplate: template,
      addGenerationPrompt: flags.add_generation_prompt,
      continueFinalMessage: flags.continue_final_message,
      tools,
      documents,
      now: clock(index),
      variables: kwargs,
    })
  })
}

function attempt(fn) {
  try {
    return { output: fn() }
  } catch (error) {
    return { error }
  }
}

/** Kinds of refusal that must be met in kind; Python's own (TypeError, ...) are met by any error. */
const codes = {
  TemplateError: 'ERR_TEMPLATE_RAISED',
  TemplateSyntaxError: 'ERR_TEMPLATE_SYNTAX',
  TemplateAssertionError: 'ERR_TEMPLATE_SYNTAX',
  UndefinedError: 'ERR_TEMPLATE_UNDEFINED',
  SecurityError: 'ERR_TEMPLATE_SECURITY',
}

function verdict({ output, error }, want) {
  const shown =
    error && `${error.code ?? error.name} ${JSON.stringify(error.message.slice(0, 120))}`
  if (want.output !== undefined)
    return error ? `got ${shown}, want a text, bound 0` : sameText(output, want.output)
  if (!error)
    return `got the text ${JSON.stringify(output.slice(0, 60))}, want ${want.type}, bound 0`
  const code = codes[want.type]
  if (code && error.code !== code) return `got ${shown}, want ${want.type} (${code}), bound 0`
  if (want.type === 'TemplateError' && error.message !== want.error)
    return `got ${shown}, want the message ${JSON.stringify(want.error)}, bound 0`
  return undefined
}
