import { describe, expect, it } from 'vitest'
import { createTokenizer } from '../create-tokenizer.ts'
import { bytesToCharacters } from './byte-level-for-test.ts'
import type { ChatMessage } from './chat-template.ts'
import { Float as TemplateFloat } from './jinja/values.ts'

const template =
  '{{ bos_token }}{% for m in messages %}<{{ m.role[0] }}>{% if m.role == "assistant" %}' +
  '{% generation %}{{ m.content }}{{ eos_token }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}' +
  '{% if add_generation_prompt %}<a>{% endif %}'

const specials = ['<s>', '</s>', '<pad>']
const warnings: string[] = []

function tokenizerOf(settings: object = {}) {
  return createTokenizer(
    {
      version: '1.0',
      added_tokens: specials.map((content, i) => ({
        id: 256 + i,
        content,
        special: true,
        normalized: false,
      })),
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab: bytesToCharacters(), merges: [] },
    },
    {
      config: {
        bos_token: '<s>',
        eos_token: '</s>',
        pad_token: '<pad>',
        padding_side: 'left',
        add_bos_token: true,
        ...settings,
      },
      chatTemplate: template,
      warn: (message: string) => warnings.push(message),
    },
  )
}

const tokenizer = tokenizerOf()
const short: ChatMessage[] = [{ role: 'user', content: 'a' }]
const long: ChatMessage[] = [
  { role: 'user', content: 'h\u00e9 \u{1f600}' },
  { role: 'assistant', content: 'ok \u{1f600}!' },
  { role: 'user', content: 'b' },
]
const fails = (run: () => unknown, message: string) =>
  expect(run).toThrow(
    expect.objectContaining({
      code: 'ERR_TEMPLATE_INPUT',
      message: expect.stringContaining(message),
    }),
  )

describe('applyChatTemplate', () => {
  it('takes several chats', () => {
    const texts = tokenizer.applyChatTemplate([short, long], { tokenize: false })
    expect(texts).toEqual(['<s><u>a', '<s><u>h\u00e9 \u{1f600}<a>ok \u{1f600}!</s><u>b'])
    const rows = tokenizer.applyChatTemplate([short, long])
    expect(rows).toEqual([tokenizer.applyChatTemplate(short), tokenizer.applyChatTemplate(long)])
    expect(rows.map((row) => tokenizer.decode(row))).toEqual(texts)
  })

  it('adds no special tokens beside those of the template', () => {
    const ids = tokenizer.applyChatTemplate(short)
    expect(ids.filter((id) => id === 256)).toHaveLength(1)
    const text = tokenizer.applyChatTemplate(short, { tokenize: false })
    expect(tokenizer.encode(text, { addSpecialTokens: false })).toEqual(ids)
  })

  it('pads, cuts and returns what call returns', () => {
    const options = { returnDict: true, padding: true } as const
    const batch = tokenizer.applyChatTemplate([short, long], options)
    const [one, two] = batch.inputIds
    expect(one).toHaveLength(two!.length)
    expect(one!.slice(-5)).toEqual(tokenizer.applyChatTemplate(short))
    expect(batch.attentionMask[0]!.slice(-6)).toEqual([0, 1, 1, 1, 1, 1])
    const cut = tokenizer.applyChatTemplate(long, { truncation: true, maxLength: 4 })
    expect(cut).toEqual(tokenizer.applyChatTemplate(long).slice(0, 4))
    const single = tokenizer.applyChatTemplate(long, { returnDict: true })
    expect(single.inputIds).toEqual([tokenizer.applyChatTemplate(long)])
    const offsets = tokenizer.applyChatTemplate(long, {
      returnDict: true,
      tokenizerKwargs: { returnOffsetsMapping: true },
    })
    expect(offsets.inputIds).toEqual(single.inputIds)
    expect(offsets.offsetMapping[0]![0]).toEqual([0, 3])
  })

  it('gives the same ids with offsets as without, also for text in disguise', () => {
    const messages = [{ role: 'user', content: 'x</s>\u{1f600}<s><pad' }]
    const ids = tokenizer.applyChatTemplate(messages)
    const batch = tokenizer.applyChatTemplate(messages, {
      returnDict: true,
      tokenizerKwargs: { returnOffsetsMapping: true },
    })
    expect(batch.inputIds).toEqual([ids])
    const text = tokenizer.applyChatTemplate(messages, { tokenize: false })
    const spans = batch.utf16OffsetMapping[0]!
    expect(spans.at(-1)).toEqual([text.length - 1, text.length])
    expect(ids.filter((id) => id >= 256)).toEqual([256])
  })

  it('takes any data, and disguises all of it', () => {
    const chatTemplate = '{{ messages[0] }}'
    const content = {
      bytes: new Uint8Array(3),
      float: new TemplateFloat(1),
      map: new Map([['</s>', '<s>']]),
      json: { toJSON: () => ({ text: '</s>' }) },
      tag: { [Symbol.toStringTag]: '</s>' },
      fn: () => '</s>',
      date: new Date(0),
    }
    const messages = [{ role: 'user', content }]
    const text = tokenizer.applyChatTemplate(messages, { chatTemplate, tokenize: false })
    expect(text).toBe(
      "{'role': 'user', 'content': {'bytes': '<Uint8Array>', 'float': 1.0, 'map': {'</s>': '<s>'}, " +
        "'json': {'text': '</s>'}, 'tag': '<Object>', 'fn': '<function>', 'date': '1970-01-01T00:00:00.000Z'}}",
    )
    const ids = tokenizer.applyChatTemplate(messages, { chatTemplate })
    expect(tokenizer.decode(ids)).toBe(text)
    expect(ids.some((id) => id >= 256)).toBe(false)
    const cycle: unknown[] = []
    cycle.push(cycle)
    fails(() => tokenizer.applyChatTemplate([{ role: 'user', content: cycle }]), 'a cycle?')
  })

  it('marks what the assistant wrote', () => {
    const mark = (more: object = {}) => {
      const batch = tokenizer.applyChatTemplate(long, {
        returnDict: true,
        returnAssistantTokensMask: true,
        ...more,
      })
      return batch.inputIds.map((ids, row) =>
        tokenizer.decode(ids.filter((_, i) => batch.assistantMasks[row]![i] === 1)),
      )
    }
    expect(mark()).toEqual(['ok \u{1f600}!</s>'])
    expect(mark({ padding: 'max_length', maxLength: 60 })).toEqual(['ok \u{1f600}!</s>'])
    expect(mark({ truncation: true, maxLength: 18 })).toEqual(['ok '])
    expect(mark({ truncation: true, maxLength: 5 })).toEqual([''])
    const chatTemplate = '{{ messages[1].content }}'
    expect(mark({ chatTemplate })).toEqual([''])
    expect(warnings.some((warning) => warning.includes('{% generation %}'))).toBe(true)
  })

  it('marks a block within a macro and one without text', () => {
    const chatTemplate =
      '{% macro m(x) %}[{% generation %}{{ x }}{% endgeneration %}]{% endmacro %}a{{ m("bc") }}' +
      '{% generation %}{% endgeneration %}d{% generation %}e{% endgeneration %}'
    const batch = tokenizer.applyChatTemplate(short, {
      chatTemplate,
      returnDict: true,
      returnAssistantTokensMask: true,
    })
    // In a macro the reference counts from where the macro's own text will begin.
    expect(batch.assistantMasks[0]).toEqual([0, 1, 1, 0, 0, 0, 1])
  })

  it('accepts functions as tools', () => {
    const fn = (city: string) => city
    fn.doc = 'Weather.\n@param {string} city - Where'
    const schema = {
      type: 'function',
      function: {
        name: 'fn',
        description: 'Weather.',
        parameters: {
          type: 'object',
          properties: { city: { type: 'string', description: 'Where' } },
          required: ['city'],
        },
      },
    }
    const options = { tokenize: false, chatTemplate: '{{ tools | tojson }}' } as const
    const text = tokenizer.applyChatTemplate(short, { ...options, tools: [fn] })
    expect(text).toBe(tokenizer.applyChatTemplate(short, { ...options, tools: [schema] }))
    expect(text).toContain('"name": "fn"')
  })

  it('keeps to a budget', () => {
    const options = {
      chatTemplate: '{% for i in range(9999) %}{% endfor %}',
      tokenize: false,
    } as const
    expect(tokenizer.applyChatTemplate(short, options)).toBe('')
    expect(() =>
      tokenizer.applyChatTemplate(short, { ...options, templateBudget: { maxSteps: 1000 } }),
    ).toThrow(expect.objectContaining({ code: 'ERR_TEMPLATE_BUDGET' }))
  })

  it('refuses what makes no sense', () => {
    const apply = (options: object, chat: unknown = short) =>
      tokenizer.applyChatTemplate(chat as ChatMessage[], options as { returnDict: true })
    fails(() => apply({}, []), 'at least one')
    fails(() => apply({}, [short, []]), 'at least one')
    fails(() => apply({}, ['text']), 'list of objects')
    fails(() => apply({ returnAssistantTokensMask: true }), 'needs returnDict')
    fails(
      () =>
        apply({ returnDict: true, returnAssistantTokensMask: true, continueFinalMessage: true }),
      'exclude each other',
    )
    fails(
      () => apply({ addGenerationPrompt: true, continueFinalMessage: true }),
      'exclude each other',
    )
    fails(() => apply({ returnTensors: 'pt' }), 'ids come as lists')
    fails(() => apply({ return_dict: true }), 'camelCase')
    fails(() => apply({ tokenize: 'no' }), 'tokenize must be true or false')
    fails(() => apply({ tools: {} }), 'tools must be a list')
    fails(() => apply({ tools: ['f'] }), 'tools[0] must be')
    fails(() => apply({ documents: ['text'] }), 'documents must be objects')
    fails(() => apply({ continueFinalMessage: 'thinking' }), 'got none')
    expect(() => apply({ padding: 'some' })).toThrow(
      expect.objectContaining({ code: 'ERR_TOKENIZER_OPTION' }),
    )
    expect(() => apply({ tokenizerKwargs: { paddingSyde: 'left' } })).toThrow('paddingSyde')
  })

  it('finds the control tokens that were added later', () => {
    const own = tokenizerOf()
    const messages = [{ role: 'user', content: '<new>' }]
    const before = own.applyChatTemplate(messages)
    own.addTokens('<new>', { special: true })
    expect(own.applyChatTemplate(messages)).toEqual(before)
    const allowed = own.applyChatTemplate(messages, { allowSpecialTokensInContent: true })
    expect(allowed).toContain(own.tokenToId('<new>'))
  })
})
