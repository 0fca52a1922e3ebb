import { describe, expect, it } from 'vitest'
import { TokenColumns } from '../token-columns.ts'
import { postProcess } from './post-processor.ts'
import { readPostProcessor } from './read-post-processor.ts'
import { applyTemplate, layoutOf } from './template.ts'

const words = ['<s>', '</s>', '\u0120a', 'b\u0120', '\u0120\u0120c', '\u0120']

/** A row of byte-level tokens of `text`; `spans` are UTF-16, `points` code points. */
function row(ids: number[], text: string, spans: number[], points = spans): TokenColumns {
  return new TokenColumns(
    {
      ids,
      typeIds: ids.map(() => 0),
      words: ids.map(() => 0),
      special: ids.map(() => 0),
      attention: ids.map(() => 1),
      spans,
      points,
      written: undefined,
    },
    { text },
  )
}

const plain = (ids: number[]) =>
  row(
    ids,
    'x'.repeat(ids.length),
    ids.flatMap((_, i) => [i, i + 1]),
  )

function process(json: unknown, rows: TokenColumns[], addSpecialTokens = true): TokenColumns {
  const tokenOf = (id: number) => words[id]
  return postProcess(readPostProcessor(json, 'post'), rows, { addSpecialTokens, tokenOf })
}

const bert = { type: 'BertProcessing', sep: ['</s>', 1], cls: ['<s>', 0] }
const roberta = {
  type: 'RobertaProcessing',
  sep: ['</s>', 1],
  cls: ['<s>', 0],
  trim_offsets: true,
  add_prefix_space: false,
}
const byteLevel = {
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: true,
}
const template = {
  type: 'TemplateProcessing',
  single: [
    { SpecialToken: { id: 'two', type_id: 4 } },
    { Sequence: { id: 'A', type_id: 3 } },
    { Sequence: { id: 'A', type_id: 5 } },
  ],
  pair: [
    { Sequence: { id: 'B', type_id: 1 } },
    { SpecialToken: { id: 'two', type_id: 0 } },
    { Sequence: { id: 'A', type_id: 2 } },
  ],
  special_tokens: { two: { id: 'two', ids: [0, 1], tokens: ['<s>', '</s>'] } },
}

describe('post-processors', () => {
  it('of BERT put the second text in type 1', () => {
    const { values, ranges } = process(bert, [plain([2]), plain([3, 4])])
    expect(values.ids).toEqual([0, 2, 1, 3, 4, 1])
    expect(values.typeIds).toEqual([0, 0, 0, 1, 1, 1])
    expect(values.special).toEqual([1, 0, 1, 0, 0, 1])
    expect(values.words).toEqual([-1, 0, -1, 0, 0, -1])
    expect([...ranges]).toEqual([
      [0, [1, 2]],
      [1, [3, 5]],
    ])
    expect(process(bert, [plain([2])], false).values.ids).toEqual([2])
  })

  it('of RoBERTa double the separator, and have one type', () => {
    const { values } = process(roberta, [plain([2]), plain([3])])
    expect(values.ids).toEqual([0, 2, 1, 1, 3, 1])
    expect(values.typeIds).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('wrap what was cut off as well', () => {
    const cut = plain([2]).overflowingInto([plain([3]), plain([4])])
    const parts = (json: unknown) => process(json, [cut]).overflowing.map((part) => part.values.ids)
    expect(parts(bert)).toEqual([
      [0, 3, 1],
      [0, 4, 1],
    ])
    expect(parts(roberta)).toEqual(parts(bert))
    expect(parts(byteLevel)).toEqual([[3], [4]])
    expect(parts(template)[0]).toEqual([0, 1, 3, 2])
    expect(parts(null)).toEqual([[3], [4]])
  })

  it('of templates lay texts and tokens in any order, with their types', () => {
    const one = process(template, [plain([2])])
    expect(one.values.ids).toEqual([0, 1, 2, 2])
    expect(one.values.typeIds).toEqual([4, 4, 3, 5])
    const two = process(template, [plain([2]), plain([3])])
    expect(two.values.ids).toEqual([3, 0, 1, 2])
    expect(two.values.typeIds).toEqual([1, 0, 0, 2])
    expect(process(template, [plain([2]), plain([3])], false).values.ids).toEqual([3, 2])
  })

  it('lay ids as they lay rows', () => {
    for (const json of [bert, roberta, byteLevel, template, null]) {
      const processor = readPostProcessor(json, 'post')
      for (const texts of [[[2, 3]], [[2], [4, 3]]]) {
        for (const addSpecialTokens of [true, false]) {
          const rows = texts.map((ids) => plain(ids))
          const layout = layoutOf(processor, texts.length === 2, addSpecialTokens)
          const ids = applyTemplate(layout, texts[0]!, texts[1] ?? [])
          expect(ids).toEqual(process(json, rows, addSpecialTokens).values.ids)
          const added = ids.length - texts.flat().length
          if (addSpecialTokens && json !== template)
            expect(processor?.added(texts.length === 2) ?? 0).toBe(added)
        }
      }
    }
  })

  it('take the spaces of byte-level tokens out of their offsets', () => {
    const ids = [2, 3, 4, 5]
    const spans = [0, 2, 2, 4, 4, 7, 7, 8]
    const points = (json: unknown) => process(json, [row(ids, ' ab   c ', spans)]).values.points
    expect(points(byteLevel)).toEqual([1, 2, 2, 3, 6, 7, 8, 8])
    // One space at the beginning may be the pre-tokenizer's own.
    expect(points({ ...byteLevel, add_prefix_space: true })).toEqual([0, 2, 2, 3, 6, 7, 8, 8])
    expect(points({ ...byteLevel, trim_offsets: false })).toEqual(spans)
  })

  it('step over characters of two units', () => {
    // The token's space stands for a character that a normalizer turned into one.
    const text = '\u{1f642}a'
    const { values } = process(byteLevel, [row([2], text, [0, 3], [0, 2])])
    expect(values.points).toEqual([1, 2])
    expect(values.spans).toEqual([2, 3])
    const end = process(byteLevel, [row([3], 'b\u{1f642}', [0, 3], [0, 2])]).values
    expect([end.points, end.spans]).toEqual([
      [0, 1],
      [0, 1],
    ])
  })

  it('run one after another', () => {
    const json = { type: 'Sequence', processors: [byteLevel, bert] }
    const { values } = process(json, [row([2], ' a', [0, 2])])
    expect(values.ids).toEqual([0, 2, 1])
    expect(values.points).toEqual([0, 0, 1, 2, 0, 0])
    const twice = { type: 'Sequence', processors: [template, template] }
    expect(() => process(twice, [plain([2])])).toThrow(
      'may follow only what leaves one or two rows',
    )
  })

  it.each([bert, roberta, byteLevel, template, { type: 'Sequence', processors: [bert] }])(
    'keep their JSON: %j',
    (json) => {
      expect(readPostProcessor(json, 'post')!.toJSON()).toEqual(json)
    },
  )

  const piece = (id: string) => [{ Sequence: { id, type_id: 0 } }]
  it.each([
    [{ ...template, single: piece('B') }, 'post.single: must use sequence A'],
    [{ ...template, single: piece('C') }, 'post.single[0].Sequence.id: must be A or B; got "C".'],
    [{ ...template, special_tokens: {} }, 'must name one of special_tokens; got "two".'],
    [
      { ...template, special_tokens: { two: { id: 'two', ids: [0], tokens: [] } } },
      'as many ids as tokens; got 1 and 0.',
    ],
    [{ ...template, single: [{ SpecialToken: { id: '__proto__' } }] }, 'special_tokens; got "__p'],
    [{ ...bert, sep: ['</s>'] }, 'post.sep: must be a token and its id'],
    [{ ...bert, cls: ['<s>', -1] }, 'post.cls[1]: a token id must be'],
    [{ ...roberta, trim_offsets: 1 }, 'post.trim_offsets: must be true or false'],
    [{ type: 'Nope' }, 'the post-processor Nope is not supported'],
    ['BertProcessing', 'post: must be an object'],
  ])('refuse %j', (json, message) => {
    expect(() => readPostProcessor(json, 'post')).toThrow(message)
  })
})
