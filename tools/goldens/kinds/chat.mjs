// Chat goldens: a template file (`template` and `results`), rendered over the conversations of the chat index
// above it, and the index itself (`language`, `conversations`).
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sameText } from '../compare.mjs'
import { readJson } from '../discover.mjs'

export function chatTemplate({ folder, content, accepts, root }) {
  if (typeof content.template !== 'string' || typeof content.results !== 'object') return undefined
  if (!accepts(content.name)) return []
  const run = ({ heddle, report }) => {
    const index = indexAbove(folder, root)
    for (const [conversation, want] of Object.entries(content.results)) {
      const name = `${content.name}/${conversation}`
      if (!index) report.skip(name, 'the chat index with its conversations was not found')
      else
        report.check(
          name,
          render(heddle, content.template, index, index.conversations[conversation], want),
        )
    }
    if (content.assistant_spans)
      report.skip(`${content.name}/assistant_spans`, 'assistant masks are not supported yet')
  }
  return [{ kind: 'chat', name: content.name, run }]
}

export function chatLanguage({ content, accepts, stem }) {
  if (!('conversations' in content && 'language' in content)) return undefined
  const run = ({ heddle, report }) => {
    content.language.forEach((c, i) => {
      if (!accepts('language', stem, `language${i}`)) return
      const context = structuredClone(content.language_context)
      const got = attempt(() =>
        heddle.renderTemplate(c.template, context, new Date(`${content.now}Z`)),
      )
      report.check(`language/${i}`, verdict(got, c))
    })
    content.assistant_masks?.forEach((c) => {
      if (accepts('assistant_masks', stem))
        report.skip(`assistant_masks/${c.conversation}`, 'assistant masks are not supported yet')
    })
    content.tool_schemas?.forEach((_, i) => {
      if (accepts('tool_schemas', stem))
        report.skip(
          `tool_schemas/${i}`,
          'schemas of Python functions have no meaning in JavaScript',
        )
    })
  }
  const wanted = accepts('language', stem) || accepts('assistant_masks') || accepts('tool_schemas')
  return wanted ? [{ kind: 'chat', name: stem, run }] : []
}

function indexAbove(folder, root) {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'chat.json')
    if (existsSync(path)) {
      const content = readJson(path)
      if (content.conversations) return content
    }
    if (at === dirname(root) || at === dirname(at)) return undefined
  }
}

function render(heddle, template, index, conversation, want) {
  const { messages, tools, documents, kwargs, ...flags } = structuredClone(conversation)
  const got = attempt(() =>
    heddle.renderChat
      ? heddle.renderChat(template, messages, options(index, tools, documents, kwargs, flags))
      : heddle.renderTemplate(
          template,
          { messages, tools, documents, ...kwargs },
          new Date(`${index.now}Z`),
        ),
  )
  return verdict(got, want)
}

const options = (index, tools, documents, kwargs, flags) => ({
  tools,
  documents,
  addGenerationPrompt: flags.add_generation_prompt,
  continueFinalMessage: flags.continue_final_message,
  specialTokens: index.special_tokens,
  now: new Date(`${index.now}Z`),
  variables: kwargs,
})

function attempt(fn) {
  try {
    return { output: fn() }
  } catch (error) {
    return { error }
  }
}

function verdict(got, want) {
  if (want.output !== undefined) {
    if (got.error)
      return `${got.error.code ?? got.error.name}: ${got.error.message.slice(0, 160)}; expected a text`
    return sameText(got.output, want.output)
  }
  if (!got.error)
    return `rendered ${JSON.stringify(got.output.slice(0, 60))}; expected ${want.type}`
  if (want.type === 'TemplateError' && !got.error.message.includes(want.error)) {
    return `message ${JSON.stringify(got.error.message)}, want ${JSON.stringify(want.error)}`
  }
  return undefined
}
