import { describe, expect, it } from 'vitest'
import { TokenizerError } from '../errors.ts'
import { LinearMatcher } from './linear-matcher.ts'
import { compileOniguruma } from './oniguruma.ts'
import { RegexParser } from './parser.ts'
import { compilePrograms } from './program.ts'

function matcherOf(pattern: string): LinearMatcher {
  const programs = compilePrograms(new RegexParser(pattern, 'test').parse())
  if (typeof programs === 'string') throw new TypeError(programs)
  return new LinearMatcher(programs)
}

function spans(matcher: { findAll: LinearMatcher['findAll'] }, text: string): number[] {
  const found: number[] = []
  matcher.findAll(text, 0, found)
  return found
}

const texts = [
  '',
  'a',
  'aab 12\n\n x!',
  "I'll Go,  \u{1f600}\u{1f600} e\u0301 \r\n",
  '  ',
  '"a" (b) "',
]

describe('LinearMatcher', () => {
  it.each([
    'a',
    '\\w+|[^\\w\\s]+',
    '\\s+(?!\\S)|\\s+',
    "'(?i:ll)| ?\\p{L}+|\\S",
    'a*?b',
    '(?:ab|a)?b',
    '(?<=a)b|(?<!a)\\d',
    '(?<=\\w\\s)\\S',
    '\\b|x',
    '\\A.|.\\z',
    '^|$',
    '(?>a+)b',
    'a{2,3}',
    '.{0,3}?\\n',
  ])('finds what the engine finds: %s', (pattern) => {
    const engine = compileOniguruma(pattern, 'test')
    const matcher = matcherOf(pattern)
    for (const text of texts) {
      const found: number[] = []
      const regex = engine.regex
      if (regex) engine.findAll(text, 0, found)
      expect(spans(matcher, text)).toEqual(regex ? found : spans(engine, text))
    }
  })

  it.each<[string, string, number[]]>([
    // What Oniguruma answers.
    ['\\d{1,3}(?=(?:\\d{3})*\\b)', '1234567', [0, 1, 1, 4, 4, 7]],
    ['".*?"|\\(.*?\\)', '"a" (b) "', [0, 3, 4, 7]],
    ['(\\w+\\s?)*x', 'ab cd x', [0, 7]],
    ['(?:a?b?)*c', 'abbac', [0, 5]],
    ['(?<=a+)b', 'aab', [2, 3]],
    ['^.*$', 'ab\n\ncd', [0, 2, 3, 3, 4, 6]],
    ['((?=[\\p{L}])([^a-z]))*((?=[\\p{L}])([^A-Z]))+', 'HELLOworld \u00e9', [0, 10, 11, 12]],
    ['(?>\\w+?)b|a++c', 'ab aac', [0, 2, 3, 6]],
    ['.+\\n', 'a\u{1f600}\n', [0, 4]],
    ['(?:\\p{So}x?)+!', '\u{1f600}x\u{1f600}!', [0, 6]],
  ])('searches for %s', (pattern, text, expected) => {
    const compiled = compileOniguruma(pattern, 'test')
    expect(compiled.regex).toBeUndefined()
    expect(spans(compiled, text)).toEqual(expected)
    expect(spans(compiled, text)).toEqual(expected)
  })

  // Each of these takes a backtracking search quadratic or exponential time.
  const evil = [
    '(a+)+b',
    '(a*)*b',
    '(a|a)*b',
    '(a|aa)+$',
    '(?:a|a?)+b',
    '(\\w+\\s?)*x',
    '(.*)*x',
    '(.*a){10}x',
    '\\s+$',
    '\\s*\\n',
    '^\\s+|\\s+$',
    '(\\s|\\n)+x',
    'a*a*a*b',
    '.*.*=.*',
    '(?=(a+))b',
    '(?=.*b)a',
    'a(?=.*x)',
    '(?<=a.*)b',
    '\\d+(?:,\\d+)*\\.',
    '(\\d+)*[^\\d]x',
    '([a-z]+)*\\d',
    '(x+x+)+y',
    '(?:(?:a+)+)+b',
    '[a-z]+@[a-z]+\\.com',
    '".*?"',
    '\\(.*?\\)',
    '<.*>',
    '(?:[^"\\\\]|\\\\.)*"',
    '(\\p{L}+\\p{M}*)+\\d',
    '(?>a+)b',
    'a++b|a',
    '(?:^|,)(?:[^,]*,)*x',
    '([ab]*[bc]*)*d',
    '(?!a*b)a',
    '\\d{1,3}(?=(?:\\d{3})*\\b)',
    '.*?x',
    '(?:a|b|ab)*c',
    '(a|b|ab)*(?=c)',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '[\\r\\n]*\\s+\\n',
    '(?:\\s*\\w*)*!',
    '(?i:(a|A)+)b',
    '(?:.|\\n)*?z',
    '(?:a{0,50}){2}b',
    '\\s*[\\r\\n]|\\s',
  ]
  const units = ['a', 'ab', ' ', '1', '"(', 'a b, ', ' \n', '<']
  it.each(evil)('takes time in proportion to the text for %s', (pattern) => {
    const compiled = compileOniguruma(pattern, 'test')
    const size = 1 << 14
    const began = performance.now()
    for (const unit of units) spans(compiled, unit.repeat(size / unit.length))
    // 131,072 characters; quadratic time would be 8,000 times as long, not a hundred.
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('leaves the patterns of known families to the engine', () => {
    const spaces = '\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'
    for (const pattern of [
      `'s| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+`,
      `(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${spaces}`,
      `'(?i:[sdmt]|ll)|[^\\r\\n\\p{L}]?+\\p{L}++|\\p{N}{1,3}+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s`,
      `[^\\r\\n]?[\\p{Lu}\\p{M}]*[\\p{Ll}\\p{M}]+(?i:'s)?|[^\\r\\n]?[\\p{Lu}\\p{M}]+[\\p{Ll}\\p{M}]*|${spaces}`,
    ]) {
      const compiled = compileOniguruma(pattern, 'test')
      expect(compiled.regex).toBeDefined()
      const text = `${' '.repeat(1 << 18)}x`
      expect(spans(compiled, text).slice(0, 2)).toEqual([0, (1 << 18) - 1])
    }
  })

  it('refuses what would take too much time or memory', () => {
    for (const pattern of ['a{0,300}b', '.*?(?:a{2,40}b){2}', '(a+)\\1b']) {
      expect(() => compileOniguruma(pattern, 'test')).toThrow(TokenizerError)
    }
    const choices = Array.from({ length: 60 }, (_, i) => `(?:a|b${i})`).join('')
    const matcher = compileOniguruma(`(?>${choices})x|.*y`, 'test')
    expect(() => spans(matcher, 'a'.repeat(1 << 23))).toThrow('1073741824 bytes at most')
  })
})
