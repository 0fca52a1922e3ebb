import { describe, expect, it } from 'vitest'
import { parseJson } from './parse-json.ts'

const parse = (text: string): unknown => parseJson(text, 'test')

describe('parseJson', () => {
  it.each([
    '0',
    '-0',
    '1.5e3',
    'true',
    'null',
    '""',
    '[]',
    '{}',
    '[[],{}]',
    '"a\\n\\u00e9\\ud83d\\ude00\\/"',
    ' { "a" : [ 1 , { "b" : null } , "" ] , "c" : { } } ',
    '[1,[2,[3]],{"x":{"y":[false]}}]',
    '1000000000000000019884624838656',
  ])('agrees with JSON.parse on %s', (text) => {
    expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)))
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it('treats __proto__ and constructor as plain keys', () => {
    const value = parse('{"__proto__":{"polluted":1},"constructor":2}') as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(null)
    expect(({} as Record<string, unknown>).polluted).toBe(undefined)
    expect((parse('{}') as Record<string, unknown>).toString).toBe(undefined)
  })

  it.each([
    ['{"a":1,"a":1}', '$.a'],
    ['{"a":{"b":1,"\\u0062":2}}', '$.a.b'],
    ['[1,]', '$[1]'],
    ['{"a":1,}', '$.a'],
    ['{a:1}', '$'],
    ["['x']", '$[0]'],
    ['[NaN]', '$[0]'],
    ['{"x":Infinity}', '$.x'],
    ['[-Infinity]', '$[0]'],
    ['01', '$'],
    ['1.', '$'],
    ['+1', '$'],
    ['[1 2]', '$[0]'],
    ['{"a" 1}', '$.a'],
    ['"\\x41"', '$'],
    ['"\\ud800"', '$'],
    ['"\t"', '$'],
    ['"abc', '$'],
    ['"abc\\', '$'],
    ['{} {}', '$'],
    ['', '$'],
    ['// x\n1', '$'],
    ['\ufeff{}', '$'],
    ['[1e999]', '$[0]'],
    ['{"a":[1,{"b":tru}]}', '$.a[1].b'],
    ['[', '$[0]'],
    ['{', '$'],
    [']', '$'],
    ['[1}', '$[0]'],
    ['nul', '$'],
  ])('refuses %s at %s', (text, path) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_FORMAT_JSON',
        details: expect.objectContaining({ path }),
      }),
    )
    expect(() => parse(text)).toThrow(
      /^test: must be valid JSON \(.+\); got .+ at \$.* \(character \d+\)\. .+\.$/s,
    )
  })

  it('answers 100 000 levels with an error, not a stack overflow', () => {
    expect(() => parse('['.repeat(100_000))).toThrow(/at most 128 levels/)
    expect(() => parse('{"a":'.repeat(100_000))).toThrow(/at most 128 levels/)
    expect(JSON.stringify(parse(`${'['.repeat(128)}${']'.repeat(128)}`))).toHaveLength(256)
  })

  it('takes linear time', () => {
    const entries = Array.from(
      { length: 100_000 },
      (_, i) => `"model.layers.${i}.weight":"model-00001.safetensors"`,
    )
    const start = performance.now()
    expect(Object.keys(parse(`{${entries.join(',')}}`) as object)).toHaveLength(100_000)
    expect(performance.now() - start).toBeLessThan(5000)
  })
})
