// What models write when they call tools, read back into the `tool_calls` of a message.
import { show, TokenizerError } from '../errors.ts'
import { parseJsonPrefix, valueEnd } from './parse-json-prefix.ts'

/** How a family of models writes its calls. */
export type ToolCallFormat = 'hermes' | 'llama3' | 'mistral'

/** One call, as it is laid into an assistant message. */
export interface ToolCall {
  /** Only where the format has one. */
  id?: string
  type: 'function'
  function: { name: string; arguments: Record<string, unknown> }
}

/** Text that looks like a call and is none. */
export interface ToolCallError {
  /** The text of the call, as the model wrote it. */
  readonly text: string
  readonly message: string
}

/** What a model wrote, taken apart. */
export interface ParsedToolCalls {
  /** What stands before and between the calls, trimmed. */
  readonly content: string
  readonly toolCalls: readonly ToolCall[]
  readonly errors: readonly ToolCallError[]
}

/** Collects calls, and errors for what cannot be one. */
class Collector {
  readonly toolCalls: ToolCall[] = []
  readonly errors: ToolCallError[] = []

  /** Adds the call that an object describes; `text` is where it came from. */
  add(value: unknown, text: string): void {
    const call = readCall(value)
    if (typeof call === 'string') this.fail(text, call)
    else this.toolCalls.push(call)
  }

  fail(text: string, message: string): void {
    this.errors.push({ text, message })
  }
}

const readers: { readonly [Format in ToolCallFormat]: (text: string, into: Collector) => string } =
  { hermes: readHermes, llama3: readLlama, mistral: readMistral }

/**
 * Takes the text that a model generated apart into content and tool calls. Calls that are broken (bad JSON, no name,
 * arguments that are no object) are returned as errors; none is thrown for whatever a model may write.
 */
export function parseToolCalls(text: string, format: ToolCallFormat): ParsedToolCalls {
  if (typeof text !== 'string') {
    throw new TokenizerError(
      'ERR_TOKENIZER_INPUT',
      `parseToolCalls: text must be a string; got ${show(text)}.`,
    )
  }
  if (!Object.hasOwn(readers, format)) {
    throw new TokenizerError(
      'ERR_TOKENIZER_OPTION',
      `parseToolCalls: format must be ${Object.keys(readers).join(', ')}; got ${show(format)}.`,
    )
  }
  const collector = new Collector()
  const content = readers[format](text, collector)
  return { content: content.trim(), toolCalls: collector.toolCalls, errors: collector.errors }
}

/** A call of an object with a name and arguments; a message when it is none. */
function readCall(value: unknown): ToolCall | string {
  if (!isObject(value)) return 'a call must be an object'
  const inner = isObject(value['function']) ? value['function'] : value
  const { name } = inner
  if (typeof name !== 'string' || name === '') return 'a call must have a name'
  const given = inner['arguments'] ?? inner['parameters'] ?? {}
  const parsed = typeof given === 'string' ? parseWhole(given) : given
  if (!isObject(parsed)) return 'arguments of a call must be an object'
  const id = value['id']
  const call: ToolCall = { type: 'function', function: { name, arguments: parsed } }
  return typeof id === 'string' ? { id, ...call } : call
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseWhole(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const badJson = 'a call must be valid JSON'

// <tool_call>{"name": ..., "arguments": {...}}</tool_call>; the last tag may be missing.
function readHermes(text: string, into: Collector): string {
  const open = '<tool_call>'
  const close = '</tool_call>'
  const scanned = { left: 4 * text.length }
  let content = ''
  let at = 0
  for (let start = text.indexOf(open); start >= 0; start = text.indexOf(open, at)) {
    content += text.slice(at, start)
    const from = start + open.length
    const tag = closingTag(text, from, close, scanned)
    const end = tag < 0 ? text.length : tag
    const body = text.slice(from, end)
    const value = parseWhole(body)
    if (value === undefined) into.fail(body, badJson)
    else for (const call of Array.isArray(value) ? value : [value]) into.add(call, body)
    at = tag < 0 ? text.length : tag + close.length
  }
  return content + text.slice(at)
}

/**
 * Where the tag that closes a call is: a closing tag within a string of the call's JSON is part of it. Text that opens
 * brackets again and again must not be looked through as often, so only so much is `left` to be.
 */
function closingTag(text: string, from: number, close: string, scanned: { left: number }): number {
  const json = scanned.left > 0 ? valueEnd(text, from) : undefined
  scanned.left -= (json ?? text.length) - from
  return text.indexOf(close, json ?? from)
}

const llamaEnds = /(?:<\|eom_id\|>|<\|eot_id\|>|<\|end_of_text\|>)\s*$/

// {"name": ..., "parameters": {...}}, several with ; between, after <|python_tag|> perhaps; or a call of a built-in
// tool as code; or <function=name>{...}</function>.
function readLlama(text: string, into: Collector): string {
  const bare = text.replace(llamaEnds, '')
  const tag = '<|python_tag|>'
  const tagAt = bare.indexOf(tag)
  if (tagAt >= 0) {
    const body = bare.slice(tagAt + tag.length)
    if (!readJsonCalls(body, into)) {
      const call = readPythonCall(body.trim())
      if (call) into.add(call, body)
      else into.fail(body, 'a call must be valid JSON, or name.call(key="value")')
    }
    return bare.slice(0, tagAt)
  }
  const functions = readFunctionTags(bare, into)
  if (functions !== undefined) return functions
  const start = bare.trimStart()
  if (!start.startsWith('{') && !start.startsWith('[')) return bare
  return readJsonCalls(bare, into) ? '' : bare
}

/** Reads objects with semicolons between; false when the text holds something else, or no call. */
function readJsonCalls(text: string, into: Collector): boolean {
  const values: unknown[] = []
  const between = /[\s;,]*/y
  const end = text.trimEnd().length
  for (let at = text.length - text.trimStart().length; at < end; ) {
    const parsed = parseJsonPrefix(text, at)
    if (!parsed) {
      const rest = text.slice(at)
      const begins = /^[{[]\s*\{?\s*"(?:name|type|function)"\s*:/.test(rest)
      if (values.length === 0 && !begins) return false
      into.fail(rest, badJson)
      break
    }
    if (Array.isArray(parsed.value)) for (const value of parsed.value) values.push(value)
    else values.push(parsed.value)
    between.lastIndex = parsed.end
    between.test(text)
    at = between.lastIndex
  }
  // JSON that is no call is an answer.
  if (!values.some((value) => isObject(value) && ('name' in value || 'function' in value))) {
    return into.errors.length > 0
  }
  for (const value of values) into.add(value, JSON.stringify(value))
  return true
}

function readPythonCall(text: string): unknown {
  const match = /^([A-Za-z_][\w.]*?)(?:\.call)?\(([\s\S]*)\)$/.exec(text)
  if (!match) return undefined
  const values: Record<string, unknown> = {}
  let rest = match[2]!.trim()
  while (rest !== '') {
    const argument =
      /^([A-Za-z_]\w*)\s*=\s*("(?:[^"\\]|\\[\s\S])*"|-?[\d.]+(?:[eE][-+]?\d+)?|[A-Za-z]+)\s*(?:,\s*|$)/.exec(
        rest,
      )
    if (!argument) return undefined
    const value = literalOf(argument[2]!)
    if (value === undefined) return undefined
    values[argument[1]!] = value
    rest = rest.slice(argument[0].length)
  }
  return { name: match[1], arguments: values }
}

const words = new Map<string, unknown>([
  ['True', true],
  ['False', false],
  ['None', null],
])

const literalOf = (text: string): unknown => (words.has(text) ? words.get(text) : parseWhole(text))

function readFunctionTags(text: string, into: Collector): string | undefined {
  const pattern = /<function=([^>\s]{1,256})>/g
  const scanned = { left: 4 * text.length }
  let content = ''
  let at = 0
  let found = false
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    found = true
    content += text.slice(at, match.index)
    const from = match.index + match[0].length
    const close = closingTag(text, from, '</function>', scanned)
    const end = close < 0 ? text.length : close
    const body = text.slice(from, end)
    const value = parseWhole(body.trim() === '' ? '{}' : body)
    if (isObject(value)) into.add({ name: match[1], arguments: value }, body)
    else into.fail(body, badJson)
    at = close < 0 ? text.length : close + '</function>'.length
    pattern.lastIndex = at
  }
  return found ? content + text.slice(at) : undefined
}

// [TOOL_CALLS][{"name": ..., "arguments": {...}, "id": ...}], or name[CALL_ID]id[ARGS]{...} behind each tag.
function readMistral(text: string, into: Collector): string {
  const [content = '', ...parts] = text.replace(/<\/s>\s*$/, '').split('[TOOL_CALLS]')
  for (const part of parts) {
    const body = part.trim()
    const named = /^([^[\]{}\s]{1,256})(?:\[CALL_ID\]([^[\]\s]*))?\s*(?:\[ARGS\])?\s*(?=\{)/.exec(
      body,
    )
    const parsed = parseJsonPrefix(body, named ? named[0].length : 0)
    if (!parsed) into.fail(body, badJson)
    else if (named) {
      const id = named[2] ? { id: named[2] } : {}
      into.add({ name: named[1], arguments: parsed.value, ...id }, body)
    } else {
      const calls = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
      for (const call of calls) into.add(call, body)
    }
  }
  return content
}
