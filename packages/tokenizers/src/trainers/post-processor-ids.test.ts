import { describe, expect, it } from 'vitest'
import { withNewIds } from './post-processor-ids.ts'

const ids = new Map([
  ['<a>', 3],
  ['<b>', 4],
])
const changed = (json: unknown, names: Record<string, string> = {}) =>
  withNewIds(
    json,
    (token) => names[token] ?? token,
    (token) => ids.get(token),
  )

describe('withNewIds', () => {
  it('gives the tokens of every post-processor their ids', () => {
    expect(changed(null)).toBeNull()
    expect(changed({ type: 'ByteLevel', trim_offsets: true })).toEqual({
      type: 'ByteLevel',
      trim_offsets: true,
    })
    expect(changed({ type: 'BertProcessing', sep: ['<a>', 9], cls: ['<b>', 9] })).toEqual({
      type: 'BertProcessing',
      sep: ['<a>', 3],
      cls: ['<b>', 4],
    })
    const template = (ids: number[], tokens: string[]) => ({
      type: 'TemplateProcessing',
      special_tokens: { x: { id: 'x', ids, tokens } },
    })
    expect(changed(template([0, 1], ['<b>', '<a>']))).toEqual(template([4, 3], ['<b>', '<a>']))
    const nested = (ids: number[]) => ({
      type: 'Sequence',
      processors: [
        { type: 'ByteLevel' },
        { type: 'Sequence', processors: [template(ids, ['<a>'])] },
      ],
    })
    expect(changed(nested([77]))).toEqual(nested([3]))
  })

  it('renames tokens', () => {
    const json = { type: 'RobertaProcessing', sep: ['old', 9], cls: ['<b>', 9], trim_offsets: true }
    expect(changed(json, { old: '<a>' })).toMatchObject({ sep: ['<a>', 3], cls: ['<b>', 4] })
  })

  it.each([
    [{ type: 'BertProcessing', sep: ['none', 1], cls: ['<a>', 1] }, 'got "none"'],
    [{ type: 'BertProcessing', sep: 5 }, 'post_processor.sep: must be an array'],
    [{ special_tokens: { x: { ids: [1], tokens: [1] } } }, 'got 1'],
    [{ special_tokens: { x: {} } }, 'special_tokens["x"].tokens: must be an array'],
    [{ special_tokens: [] }, 'special_tokens: must be an object'],
    [{ processors: {} }, 'processors: must be an array'],
    ['text', 'post_processor: must be an object'],
  ])('refuses %j', (json, message) => {
    expect(() => changed(json)).toThrow(message)
    expect(() => changed(json)).toThrow(expect.objectContaining({ name: 'TokenizerError' }))
  })
})
