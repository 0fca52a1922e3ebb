import { describe, expect, it } from 'vitest'
import { asId, field, parseJson, requireDepth, type JsonObject } from './json.ts'

const parse = (text: string) => parseJson(new TextEncoder().encode(text), 'file')

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    const text = '{"a:{":[1,{"b\\"":"c\\\\"},null,"\\u00e9{["],"é":true}'
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it.each([
    ['{"a":1,"a":2}', 'ERR_TOKENIZER_JSON', 'the same key twice'],
    ['{"x":{"a":1,"\\u0061":2}}', 'ERR_TOKENIZER_JSON', 'the same key twice'],
    ['{"__proto__":1,"__proto__":2}', 'ERR_TOKENIZER_JSON', 'the same key twice'],
    ['{"a":', 'ERR_TOKENIZER_JSON', 'Is the download complete?'],
    ['', 'ERR_TOKENIZER_JSON', 'must be valid JSON'],
    ['"unclosed', 'ERR_TOKENIZER_JSON', 'must be valid JSON'],
    [
      '['.repeat(100_000),
      'ERR_TOKENIZER_LIMIT',
      'may nest 100 levels at most; got more at byte 100.',
    ],
  ])('refuses bad text %#', (text, code, message) => {
    expect(() => parse(text)).toThrow(message)
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }))
  })

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22), 'file')).toThrow(
      'file: must be UTF-8 text',
    )
  })
})

describe('requireDepth', () => {
  it('refuses what no parsed file can be, shared and circular parts included', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100; i++) deep = i % 2 ? { deep } : [deep]
    expect(() => requireDepth(deep, 'value')).not.toThrow()
    expect(() => requireDepth([deep], 'value')).toThrow('value: may nest 100 levels at most')
    let shared: unknown = 1
    for (let i = 0; i < 90; i++) shared = [[shared, shared][0], shared]
    expect(() => requireDepth(shared, 'value')).not.toThrow()
    const circle: unknown[] = []
    circle.push(circle)
    expect(() => requireDepth(circle, 'value')).toThrow('value: may nest 100 levels at most')
  })
})

describe('field', () => {
  it('sees own keys alone', () => {
    const object = JSON.parse('{"__proto__":1}') as JsonObject
    expect(field(object, '__proto__')).toBe(1)
    expect(field(object, 'constructor')).toBeUndefined()
    expect(field({}, 'toString')).toBeUndefined()
  })
})

describe('asId', () => {
  it('takes whole numbers below 2^24 alone', () => {
    expect(asId(2 ** 24 - 1, 'id')).toBe(2 ** 24 - 1)
    for (const bad of [-1, 0.5, 2 ** 24, 2 ** 32 - 1, Number.NaN, '1', null, undefined]) {
      expect(() => asId(bad, 'id')).toThrow(
        'id: a token id must be a whole number from 0 to 16777215',
      )
    }
  })
})
