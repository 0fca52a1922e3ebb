import { describe, expect, it } from 'vitest'
import { TokenizerError } from '../errors.ts'
import { compileOniguruma } from './oniguruma.ts'

function matches(pattern: string, text: string): string[] {
  const found: number[] = []
  compileOniguruma(pattern, 'test').findAll(text, 0, found)
  const texts: string[] = []
  for (let i = 0; i < found.length; i += 2) texts.push(text.slice(found[i], found[i + 1]))
  return texts
}

const families = {
  gpt2: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  llama3:
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  cl100kPossessive:
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
  o200k:
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  deepseek:
    '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+',
}

describe('compileOniguruma', () => {
  it('cuts as the known families do', () => {
    const text = "I'LL go, HelloWorld 12345\n\n  ok"
    expect(matches(families.gpt2, text)).toEqual([
      'I',
      "'",
      'LL',
      ' go',
      ',',
      ' HelloWorld',
      ' 12345',
      '\n\n ',
      ' ok',
    ])
    expect(matches(families.llama3, text)).toEqual([
      'I',
      "'LL",
      ' go',
      ',',
      ' HelloWorld',
      ' ',
      '123',
      '45',
      '\n\n',
      ' ',
      ' ok',
    ])
    expect(matches(families.o200k, text)).toEqual([
      "I'LL",
      ' go',
      ',',
      ' Hello',
      'World',
      ' ',
      '123',
      '45',
      '\n\n',
      ' ',
      ' ok',
    ])
    // In Ruby's syntax {1,3}+ repeats the group: the digits stay together.
    expect(matches(families.cl100kPossessive, 'a 12345')).toEqual(['a', ' ', '12345'])
    expect(matches(families.deepseek, '.hello wörld!?')).toEqual(['.hello', ' wörld', '!?'])
  })

  it('ignores case only inside its group, with the long s and the Kelvin sign', () => {
    expect(matches("(?i:'s)b", "'\u017fb 'Sb 'SB")).toEqual(["'\u017fb", "'Sb"])
    expect(matches('(?i)k', 'kK\u212aq')).toEqual(['k', 'K', '\u212a'])
    expect(matches('(?i:[a-c]+)d', 'aBCd aBCD')).toEqual(['aBCd'])
  })

  it('reads lines, words and white space as Oniguruma does', () => {
    expect(matches('^.+$', 'ab\ncd')).toEqual(['ab', 'cd'])
    expect(matches('\\s', '\u0085\ufeff ')).toEqual(['\u0085', ' '])
    expect(matches('\\h+', 'xyz12af')).toEqual(['12af'])
    expect(matches('\\bfoo\\b', 'foo föfoo foo')).toEqual(['foo', 'foo'])
    expect(matches('\\A.|.\\z', 'abc')).toEqual(['a', 'c'])
    expect(matches('[[:alpha:]&&[^a-c]]+', 'abcxyz1')).toEqual(['xyz'])
    expect(matches('\\p{Han}+|\\p{^L}+', '漢字ab12')).toEqual(['漢字', '12'])
    expect(matches('[\\u4e00-\\u9fa5]', '一a')).toEqual(['一'])
  })

  it('does not give back what a possessive or atomic part took', () => {
    expect(matches('a++a', 'aaa')).toEqual([])
    expect(matches('(?>a+)a|b', 'aaab')).toEqual(['b'])
    expect(matches('(\\w)\\1', 'hello aa')).toEqual(['ll', 'aa'])
    expect(matches('x{2}?y', 'xxyy')).toEqual(['xxy', 'y'])
  })

  it('folds the case of characters that stand for several', () => {
    expect(matches('(?i)stra(ss)e', 'Stra\u00dfe STRASSE')).toEqual(['Stra\u00dfe', 'STRASSE'])
    expect(matches('(?i)\u00df', '\u00df ss SS \u1e9e')).toEqual(['\u00df', 'ss', 'SS', '\u1e9e'])
    expect(matches('(?i)ffi|st', '\ufb03 F\ufb01 FFI \ufb06')).toEqual(['\ufb03', 'FFI', '\ufb06'])
    expect(matches('(?i)sss', 'sss s\u00df \u00dfs')).toEqual(['sss', '\u00dfs'])
    expect(matches('(?i)ass+', 'a\u00df ass')).toEqual(['ass'])
    expect(matches('(?i)[\\p{Lu}]|\\p{Lt}', 'aA\u01c5')).toEqual(['a', 'A', '\u01c5'])
    expect(matches('(?i)[^\\p{Lu}]', 'aA1')).toEqual(['1'])
  })

  it('opens a group at an option switch', () => {
    expect(matches('a|b(?i)c|d', 'a bC D d A B')).toEqual(['a', 'bC'])
    expect(matches('(?i)a|b', 'AB')).toEqual(['A', 'B'])
  })

  it('names groups', () => {
    expect(matches("(?<x>\\w)\\k<x>|(?'y'-)", 'aab-')).toEqual(['aa', '-'])
  })

  it('ends a loop whose body matched nothing, as Oniguruma does', () => {
    expect(matches('(?:a?|b)+', 'aabb')).toEqual(['aa', '', ''])
    expect(matches('(?:|a)+', 'a')).toEqual(['', ''])
    expect(matches('(a*)*', 'aab')).toEqual(['aa', ''])
    expect(matches('((?:\\W)??)?\\s', '1\n x')).toEqual(['\n', ' '])
  })

  it('keeps a negated class negated in a repeat', () => {
    expect(matches('b(?:[^\\s\\p{L}]x){0,2}', 'bb x')).toEqual(['b', 'b'])
    expect(matches('b(?:a.){0,2}', 'baaaa')).toEqual(['baaaa'])
    expect(matches('(?:[^\\W_]-){2}', 'a-b- _-')).toEqual(['a-b-'])
  })

  it('finds no empty match inside a pair of surrogates', () => {
    expect(matches('(?!.)', '\ud83d\ude00')).toEqual([''])
    expect(matches('\\B', '\ud83d\ude00')).toEqual(['', ''])
  })

  const refused = [
    '(a+)\\1b',
    '(?:a?b?){2}',
    'a{1001}',
    '(((a{100}){100}){100})',
    '\\K',
    '\\X',
    '\\G',
    '(?~a)',
    '(\\w)(?<x>a)\\1',
    '(?<x>a)(?<x>b)',
    '\\p{Nonsense}',
    '[a',
    '(a',
    'a)',
    '*a',
    '[z-a]',
    '\\2(a)',
    '[[:nope:]]',
    '(?=a)*',
    '(?i)[\u00df]',
    `(?i)(a)\\1`,
    'a'.repeat(20_000),
    '('.repeat(5000),
  ]
  it.each(refused)('refuses pattern %# with its own code', (pattern) => {
    let error: unknown
    try {
      compileOniguruma(pattern, 'test')
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(TokenizerError)
    expect((error as TokenizerError).code).toBe('ERR_TOKENIZER_REGEX_UNSUPPORTED')
  })
})
