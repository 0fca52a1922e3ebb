import { describe, expect, it } from 'vitest'
import { checkOptions, strategiesOf, type CallDefaults, type CallOptions } from './call-options.ts'

const defaults: CallDefaults = {
  modelMaxLength: 16,
  padTokenId: 0,
  padToken: '<pad>',
  paddingSide: 'right',
}
const of = (options: CallOptions, more: Partial<CallDefaults> = {}) => {
  const { padding, truncation, maxLength } = strategiesOf(options, { ...defaults, ...more }, 'call')
  return [padding, truncation, maxLength]
}

describe('strategiesOf', () => {
  it.each<[CallOptions, unknown[]]>([
    [{}, [undefined, undefined, undefined]],
    [{ padding: true }, ['longest', undefined, undefined]],
    [{ padding: 'longest' }, ['longest', undefined, undefined]],
    [{ padding: 'max_length' }, ['max_length', undefined, 16]],
    [{ padding: 'max_length', maxLength: 4 }, ['max_length', undefined, 4]],
    [{ padding: 'do_not_pad' }, [undefined, undefined, undefined]],
    [{ truncation: true }, [undefined, 'longest_first', 16]],
    [{ truncation: 'only_second', maxLength: 3 }, [undefined, 'only_second', 3]],
    [{ truncation: 'do_not_truncate', maxLength: 3 }, [undefined, undefined, 3]],
    [{ truncation: false, maxLength: 3 }, [undefined, undefined, 3]],
    // A maximum alone asks for truncation, but not beside padding.
    [{ maxLength: 3 }, [undefined, 'longest_first', 3]],
    [{ maxLength: 3, padding: 'longest' }, ['longest', undefined, 3]],
    [{ maxLength: Infinity, truncation: true }, [undefined, 'longest_first', 16]],
  ])('%j', (options, want) => {
    expect(of(options)).toEqual(want)
  })

  it('neither pads to nor cuts at a length that nobody knows', () => {
    const more = { modelMaxLength: Infinity }
    expect(of({ padding: 'max_length', truncation: true }, more)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('warns of a maximum that does nothing', () => {
    const warning = (options: CallOptions) => strategiesOf(options, defaults, 'call').warning
    expect(warning({ padding: true, maxLength: 3 })).toMatch('maxLength does nothing')
    expect(warning({ padding: true, maxLength: 3, truncation: true })).toBeUndefined()
    expect(warning({ padding: 'max_length', maxLength: 3 })).toBeUndefined()
  })

  it.each<[object, string]>([
    [{ padding: 'short' }, 'padding must be true, false, longest, max_length or do_not_pad'],
    [{ truncation: 'nope' }, 'truncation must be true, false, longest_first, only_first'],
    [{ paddingSide: 'up' }, 'paddingSide must be left or right; got "up".'],
    [{ padToMultipleOf: 1.5 }, 'padToMultipleOf must be a whole number from 1 on; got 1.5.'],
    [
      { padding: true, truncation: true, maxLength: 10, padToMultipleOf: 8 },
      'maxLength must be a multiple of padToMultipleOf (8) when rows are padded and cut; got 10.',
    ],
    [{ padding: 'max_length', maxLength: 2 ** 30 }, 'maxLength must be at most 16777216'],
  ])('refuses %j', (options, message) => {
    expect(() => of(options)).toThrow(message)
    expect(() => of(options)).toThrow(expect.objectContaining({ code: 'ERR_TOKENIZER_OPTION' }))
  })

  it('needs a pad token that is in the vocabulary', () => {
    expect(() => of({ padding: true }, { padTokenId: undefined, padToken: undefined })).toThrow(
      'padding needs a pad token; got a tokenizer without. Set tokenizer.padToken',
    )
    expect(() => of({ padding: true }, { padTokenId: undefined })).toThrow(
      'got "<pad>", which is not in the vocabulary.',
    )
  })
})

describe('checkOptions', () => {
  it.each<[object, string]>([
    [{ max_length: 3 }, 'max_length must be an option (they are in camelCase); got "max_length".'],
    [{ returnTensors: 'pt' }, 'returnTensors must be an option'],
    [{ returnLength: 1 }, 'returnLength must be true or false; got 1.'],
    [{ maxLength: -1 }, 'maxLength must be a whole number from 0 on; got -1.'],
    [{ stride: Infinity }, 'stride must be a whole number from 0 on'],
    [{ maxTargetLength: '3' }, 'maxTargetLength must be a whole number from 0 on; got "3".'],
  ])('refuses %j', (options, message) => {
    expect(() => checkOptions(options, 'call')).toThrow(`call: ${message}`)
  })
})
