import { describe, expect, it } from 'vitest'
import { alignedText } from '../aligned-text.ts'
import { readNormalizer } from './read-normalizer.ts'

/** The normalized text, and where each of its characters comes from, in UTF-16 units. */
function align(json: unknown, text: string, offset = 0): [string, string] {
  const normalizer = readNormalizer(json, 'normalizer')!
  const aligned = normalizer.align(alignedText(text, offset))
  expect(normalizer.normalize(text)).toBe(aligned.text)
  expect(normalizer.toJSON()).toEqual(json)
  const spans: string[] = []
  let at = 0
  for (const character of aligned.text) {
    spans.push(`${aligned.starts[at]}-${aligned.ends[at]}`)
    at += character.length
  }
  return [aligned.text, spans.join(' ')]
}

const strip = { type: 'Strip', strip_left: true, strip_right: true }
const replace = (pattern: object, content: string) => ({ type: 'Replace', pattern, content })

// Offsets as the reference gives them.
describe('aligned normalizers', () => {
  it.each<[string, unknown, string, string, string]>([
    ['sort marks', { type: 'NFD' }, '\u00e9\u0316x', 'e\u0316\u0301x', '0-1 1-2 1-2 2-3'],
    ['compose', { type: 'NFC' }, 'e\u0301 \u1ec7', '\u00e9 \u1ec7', '0-1 2-3 3-4'],
    ['compose syllables', { type: 'NFC' }, '\u1100\u1161\u11a8', '\uac01', '0-1'],
    ['decompose wide', { type: 'NFKD' }, '\u00bd', '1\u20442', '0-1 0-1 0-1'],
    ['know Unicode 9', { type: 'NFKC' }, '\u32ff\ufb01', '\u32fffi', '0-1 1-2 1-2'],
    ['lower a dotted I', { type: 'Lowercase' }, 'A\u0130b', 'ai\u0307b', '0-1 1-2 1-2 2-3'],
    ['strip accents', { type: 'StripAccents' }, '\u00e9a\u0301x', '\u00e9ax', '0-1 1-2 3-4'],
    ['strip', strip, '  a b ', 'a b', '2-3 3-4 4-5'],
    ['replace', replace({ String: 'ab' }, 'xyz'), 'cabd', 'cxyzd', '0-1 2-3 2-3 2-3 3-4'],
    ['replace nothing', replace({ Regex: '^' }, '-'), 'ab', '-ab', '0-0 0-1 1-2'],
    ['prepend', { type: 'Prepend', prepend: '_x' }, 'ab', '_xab', '0-1 0-1 0-1 1-2'],
    ['prepend nothing', { type: 'Prepend', prepend: '' }, 'ab', 'ab', '0-0 1-2'],
    ['clean', { type: 'Nmt' }, 'a\u0001\t\u200bb', 'a  b', '0-1 2-3 3-4 4-5'],
    [
      'write bytes',
      { type: 'ByteLevel' },
      '\u00e9 \u{1f600}',
      '\u00c3\u00a9\u0120\u00f0\u0141\u013a\u0122',
      '0-1 0-1 1-2 2-4 2-4 2-4 2-4',
    ],
    [
      'clean for BERT',
      {
        type: 'BertNormalizer',
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      'H\u00e9\0 \u4e2d\u00a0',
      'he  \u4e2d  ',
      '0-1 1-2 3-4 4-5 4-5 4-5 5-6',
    ],
    [
      'run in sequence',
      { type: 'Sequence', normalizers: [strip, replace({ Regex: '^' }, '-')] },
      '  a',
      '-a',
      '0-0 2-3',
    ],
  ])('%s', (_, json, text, expected, spans) => {
    expect(align(json, text)).toEqual([expected, spans])
  })

  it('count from the start of the whole', () => {
    expect(align(replace({ Regex: '^' }, '-'), 'ab', 10)).toEqual(['-ab', '10-10 10-11 11-12'])
  })
})
