// Chat goldens: a template file (`template` and `results`), rendered over the conversations of the chat index
// beside it or above it, and the index itself (`language`, `conversations`).
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { gunzipSync } from 'node:zlib'
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
    for (const [conversation, want] of Object.entries(content.assistant_spans ?? {})) {
      const name = `${title}/assistant_spans/${conversation}`
      const chat = index?.conversations[conversation]
      if (!chat) report.skip(name, 'the chat index with this conversation was not found')
      else report.check(name, sameSpans(heddle, template, index, chat, want))
    }
  }
  return [{ kind: 'chat', name: title, run }]
}

export function chatIndex({ path, content, accepts, stem }) {
  if (!('conversations' in content && Array.isArray(content.language))) return undefined
  const wanted = (group) => accepts(group, stem)
  if (!['language', 'assistant_masks', 'tool_schemas'].some(wanted)) return []
  const run = ({ heddle, report }) => {
    if (wanted('language')) {
      const { language_context } = exactNumbers(path, heddle)
      content.language.forEach((c, i) => {
        const got = attempt(() =>
          heddle.renderTemplate(c.template, language_context, clock(content)),
        )
        report.check(`language/${i}`, verdict(got, c))
      })
    }
    if (wanted('assistant_masks') && content.assistant_masks) {
      const tokenizer = byteTokenizer(heddle, content)
      content.assistant_masks.forEach((c, i) => {
        report.check(`assistant_masks/${i}`, maskVerdict(tokenizer, content, c))
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

/** The content of a file with the numbers that JSON.parse does not keep: 1.0, and ints beyond 2^53. */
function exactNumbers(path, heddle) {
  const bytes = readFileSync(path)
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8')
  const marked = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => {
    const plain = token[0] === '"' || String(Number(token)) === token
    return plain ? token : `{"$number":"${token}"}`
  })
  return JSON.parse(marked, (_, value) => {
    const number = value?.$number
    if (number === undefined) return value
    return /^-?\d+$/.test(number) ? BigInt(number) : new heddle.TemplateFloat(Number(number))
  })
}

/** One token for each byte, and the special tokens behind them. */
function byteTokenizer(heddle, { byte_alphabet, special_tokens }) {
  const vocab = Object.fromEntries([...byte_alphabet].map((c, i) => [c, i]))
  const contents = [...new Set(Object.values(special_tokens))]
  const added_tokens = contents.map((content, i) => ({
    id: byte_alphabet.length + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }))
  const json = {
    version: '1.0',
    added_tokens,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: [] },
  }
  return heddle.createTokenizer(json, { config: special_tokens })
}

function maskVerdict(tokenizer, index, { conversation, template, ...want }) {
  const { output, error } = attempt(() =>
    tokenizer.applyChatTemplate(index.conversations[conversation].messages, {
      ...optionsOf(index, index.conversations[conversation]),
      chatTemplate: template,
      returnDict: true,
      returnAssistantTokensMask: true,
    }),
  )
  if (error || want.error) return verdict({ output: output && '', error }, want)
  const { input_ids, assistant_masks } = want
  return (
    sameText(JSON.stringify(output.inputIds[0]), JSON.stringify(input_ids)) ??
    sameText(JSON.stringify(output.assistantMasks[0]), JSON.stringify(assistant_masks))
  )
}

/** Spans are in code points; the mask of a tokenizer with a token for each of them has the same. */
function sameSpans(heddle, template, index, chat, want) {
  const text = renderChat(heddle, template, index, chat).output
  const characters = [...new Set([...text, 'a'])]
  const json = {
    version: '1.0',
    model: { type: 'BPE', vocab: Object.fromEntries(characters.map((c, i) => [c, i])), merges: [] },
  }
  const config = index.special_tokens
  const { output, error } = attempt(() =>
    heddle.createTokenizer(json, { config }).applyChatTemplate(chat.messages, {
      ...optionsOf(index, chat),
      chatTemplate: template,
      returnDict: true,
      returnAssistantTokensMask: true,
      allowSpecialTokensInContent: true,
      tokenizerKwargs: { returnOffsetsMapping: true },
    }),
  )
  if (error) return `got ${error.code ?? error.name} ${error.message}, want spans, bound 0`
  const marked = new Array([...text].length).fill(0)
  output.offsetMapping[0].forEach(([start, end], i) => {
    marked.fill(output.assistantMasks[0][i], start, end)
  })
  const wanted = marked.map(() => 0)
  for (const [start, end] of want) wanted.fill(1, start, end)
  return sameText(marked.join(''), wanted.join(''))
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
  return attempt(() => {
    const json = { version: '1.0', model: { type: 'BPE', vocab: { a: 0 }, merges: [] } }
    const config = index.special_tokens
    return heddle.createTokenizer(json, { config }).applyChatTemplate(chat.messages, {
      ...optionsOf(index, chat),
      tokenize: false,
      chatTemplate: template,
    })
  })
}

const optionsOf = (index, { tools, documents, kwargs, ...flags }) => ({
  addGenerationPrompt: flags.add_generation_prompt,
  continueFinalMessage: flags.continue_final_message,
  tools,
  documents,
  now: clock(index),
  variables: kwargs,
})

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
