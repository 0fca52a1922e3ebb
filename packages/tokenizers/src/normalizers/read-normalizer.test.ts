import { describe, expect, it } from 'vitest'
import { readNormalizer } from './read-normalizer.ts'

const normalize = (json: unknown, text: string) =>
  readNormalizer(json, 'normalizer')!.normalize(text)

describe('normalizers', () => {
  it('apply the four Unicode forms', () => {
    const text = 'e\u0301 \ufb01 \u00e9 \uac00'
    for (const type of ['NFC', 'NFD', 'NFKC', 'NFKD']) {
      expect(normalize({ type }, text)).toBe(text.normalize(type))
    }
  })

  it('lower-case character by character, a final sigma included', () => {
    expect(normalize({ type: 'Lowercase' }, 'ΣΑΣ İ')).toBe('σασ i\u0307')
  })

  it('strip Unicode white space from the asked ends', () => {
    const text = '\u0085\u3000 a \ufeff\t'
    expect(normalize({ type: 'Strip', strip_left: true, strip_right: true }, text)).toBe('a \ufeff')
    expect(normalize({ type: 'Strip', strip_left: false, strip_right: true }, ' a ')).toBe(' a')
    expect(normalize({ type: 'Strip', strip_left: true, strip_right: true }, ' \t ')).toBe('')
  })

  it('replace strings and patterns by text in which $ means nothing', () => {
    expect(normalize({ type: 'Replace', pattern: { String: '.' }, content: '$&' }, 'a.b')).toBe(
      'a$&b',
    )
    expect(normalize({ type: 'Replace', pattern: { Regex: '\\s+' }, content: '_' }, 'a  b')).toBe(
      'a_b',
    )
    expect(normalize({ type: 'Replace', pattern: { String: '' }, content: 'x' }, 'ab')).toBe(
      'xaxbx',
    )
  })

  it('run in sequence, and prepend nothing to nothing', () => {
    const llama = {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    }
    expect(normalize(llama, 'a b')).toBe('▁a▁b')
    expect(normalize(llama, '')).toBe('')
  })

  it('name what they do not know', () => {
    expect(() => readNormalizer({ type: 'Nope' }, 'normalizer')).toThrow(
      'normalizer: the normalizer Nope is not supported yet. Supported: NFC',
    )
    expect(() => readNormalizer({ type: 'constructor' }, 'normalizer')).toThrow('not supported yet')
    expect(() => readNormalizer({ type: 'Strip', strip_left: 1 }, 'normalizer')).toThrow(
      'normalizer.strip_left: must be true or false; got 1.',
    )
    expect(() => readNormalizer({ type: 'Replace', pattern: {}, content: '' }, 'n')).toThrow(
      'n.pattern: must be an object with one key, String or Regex',
    )
  })
})
