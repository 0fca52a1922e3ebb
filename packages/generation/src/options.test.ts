import type { KVCache } from '@heddle/cache'
import type { CausalLM } from '@heddle/nn'
import { describe, expect, test, vi } from 'vitest'
import { callRules, generationRules } from './option-rules.ts'
import { type GenerateOptions, resolveOptions } from './options.ts'

const model = (generationConfig: Record<string, unknown> = {}, config = {}) =>
  ({
    config: { vocabSize: 100, eosTokenId: 2, ...config },
    generationConfig,
  }) as never as CausalLM<KVCache>
const resolve = (options: Record<string, unknown> = {}, file = {}, config = {}) =>
  resolveOptions(model(file, config), options as GenerateOptions)
const tokenizer = { decode: () => '', streamDecoder: () => ({ push: () => '', flush: () => '' }) }
const cache = { begin() {}, advance() {}, crop() {} }

/** For every supported option: a value that changes the settings, and values that are refused. */
const supported: Record<string, { good: unknown; with?: object; bad: unknown[] }> = {
  maxLength: { good: 30, bad: [0, -1, 1.5, Number.NaN, 2 ** 31, 2 ** 53, 1e308, '5', true, []] },
  maxNewTokens: { good: 3, bad: [0, -1, 1.5, Number.NaN, 2 ** 31, 2 ** 63, '5', false] },
  minLength: { good: 4, bad: [-1, 0.5, Number.NaN, 2 ** 31, '0'] },
  minNewTokens: { good: 4, bad: [-1, 0.5, Number.NaN, 2 ** 31, '0'] },
  stopStrings: { good: 'x', with: { tokenizer }, bad: ['', ['a', ''], 5, [5], {}] },
  doSample: { good: true, bad: [1, 'true', Number.NaN] },
  useCache: { good: false, bad: [0, 'no'] },
  cacheImplementation: { good: 'static', bad: ['nope', 'a.b', 'hybrid', 5, {}] },
  maxCacheLen: { good: 64, with: { cacheImplementation: 'static' }, bad: [0, -1, 1.5, '8'] },
  temperature: {
    good: 0.7,
    with: { doSample: true },
    bad: [0, -1, Number.NaN, 'NaN', 1e-320, 1e308, Infinity, true],
  },
  topK: { good: 5, with: { doSample: true }, bad: [-1, 0.5, Number.NaN, 2 ** 31, '5'] },
  topP: { good: 0.5, with: { doSample: true }, bad: [-0.1, 1.0000001, Number.NaN, '0.5'] },
  minP: { good: 0.5, with: { doSample: true }, bad: [-0.1, 1.1, Number.NaN, '0.5'] },
  repetitionPenalty: { good: 1.2, bad: [0, -1, Number.NaN, Infinity, '1.2'] },
  prefillChunkSize: { good: 64, bad: [0, -1, 1.5, '64'] },
  padTokenId: { good: 5, bad: [-1, 0.5, 100, '5', Number.NaN] },
  bosTokenId: { good: 5, bad: [-1, 0.5, '5'] },
  eosTokenId: { good: [5, 6], bad: [-1, 100, [5, 100], [[5]], [5, -1], '5', Number.NaN] },
  seed: { good: 7, bad: [-1, 0.5, 2 ** 53, 2 ** 64, Number.NaN, '7'] },
  tokenizer: { good: tokenizer, bad: [{}, 'gpt2', 5, () => {}] },
  pastKeyValues: { good: cache, bad: [{}, 5, [], 'cache'] },
  signal: { good: new AbortController().signal, bad: [{}, true, 'now'] },
  onProgress: { good: () => {}, bad: [{}, true, 'log'] },
}

// bosTokenId marks nothing that generate() adds itself: prompts come as ids.
const withoutEffect = new Set(['bosTokenId'])

const allRules = { ...generationRules, ...callRules }

describe('every option', () => {
  test.each(Object.entries(allRules))(
    '%s changes the outcome, throws or is neutral',
    (name, rule) => {
      expect(() => resolve({ [name]: undefined })).not.toThrow()
      expect(() => resolve({ [name]: null })).not.toThrow()
      if (rule.kind === 'supported') {
        const { good, bad, with: others } = supported[name] as (typeof supported)[string]
        const settings = resolve({ ...others, [name]: good })
        if (!withoutEffect.has(name)) expect(settings).not.toEqual(resolve({ ...others }))
        for (const value of bad) {
          expect(() => resolve({ ...others, [name]: value }), String(value as string)).toThrow(
            expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(name) }),
          )
        }
        return
      }
      // Whatever passes must leave the settings as they are; the rest must be refused by name.
      const before = resolve()
      for (const value of [1, 0, true, false, 2, 0.5, -1, [], [[1]], {}, 'x', Number.NaN]) {
        if (rule.isNeutral(value)) expect(resolve({ [name]: value })).toEqual(before)
        else {
          expect(() => resolve({ [name]: value })).toThrow(
            expect.objectContaining({
              code: 'ERR_UNSUPPORTED_OPTION',
              message: expect.stringContaining(name),
            }),
          )
        }
      }
    },
  )

  test.each([
    ['numBeams', 4],
    ['numBeamGroups', 2],
    ['penaltyAlpha', 0.6],
    ['noRepeatNgramSize', 2],
    ['typicalP', 0.9],
    ['topH', 0.4],
    ['guidanceScale', 1.5],
    ['numReturnSequences', 2],
    ['outputScores', true],
    ['outputHiddenStates', true],
    ['suppressTokens', [5]],
    ['badWordsIds', [[5]]],
    ['promptLookupNumTokens', 3],
    ['assistantModel', {}],
    ['watermarkingConfig', {}],
    ['maxTime', 1],
    ['forcedEosTokenId', 2],
    ['logitsProcessor', [() => {}]],
  ])('%s = %j is not supported yet', (name, value) => {
    expect(() => resolve({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'ERR_UNSUPPORTED_OPTION' }),
    )
  })
})

describe('options together', () => {
  test('defaults are those of Transformers', () => {
    expect(resolve()).toMatchObject({
      maxNewTokens: undefined,
      doSample: false,
      temperature: 1,
      topK: 50,
      topP: 1,
      useCache: true,
      eosTokenIds: [2],
      padTokenId: 2,
    })
  })

  test('the call wins over generation_config.json, which wins over config.json', () => {
    const file = { eosTokenId: [5, 6, 5], doSample: true, topK: 7, temperature: 0.5 }
    expect(resolve({ topK: 9 }, file)).toMatchObject({
      eosTokenIds: [5, 6],
      padTokenId: 5,
      doSample: true,
      topK: 9,
      temperature: 0.5,
    })
    expect(resolve({ topK: null, eosTokenId: null }, file)).toMatchObject({
      topK: 50,
      eosTokenIds: [],
    })
    expect(resolve({}, {}, { eosTokenId: -1, padTokenId: -1 })).toMatchObject({
      eosTokenIds: [],
      padTokenId: undefined,
    })
  })

  test('a sampling option without a word about doSample is refused, its neutral value is not', () => {
    for (const name of ['temperature', 'topK', 'topP', 'minP']) {
      expect(() => resolve({ [name]: name === 'topK' ? 5 : 0.5 })).toThrow(/Pass doSample: true/)
    }
    expect(() => resolve({ temperature: 1, topK: 50, topP: 1, minP: 0 })).not.toThrow()
    expect(() => resolve({}, { temperature: 0.6, topP: 0.9 })).not.toThrow()
    expect(() => resolve({ temperature: 0.6, doSample: false })).not.toThrow()
    expect(() => resolve({ temperature: 0.6 }, { doSample: true })).not.toThrow()
  })

  test('an unsupported value of the file says where it stands and how to go on without it', () => {
    const message =
      /noRepeatNgramSize \(in the model's generation_config.json\).*noRepeatNgramSize: null/
    expect(() => resolve({}, { noRepeatNgramSize: 3 })).toThrow(message)
    expect(() => resolve({ noRepeatNgramSize: null }, { noRepeatNgramSize: 3 })).not.toThrow()
    expect(() => resolve({}, { temperature: -1 })).toThrow(/temperature \(in the model's/)
  })

  test('filters of sampling that are missing are refused only where they would be read', () => {
    expect(() => resolve({}, { typicalP: 0.9 })).not.toThrow()
    expect(() => resolve({ typicalP: 0.9, doSample: false })).not.toThrow()
    expect(() => resolve({ doSample: true }, { typicalP: 0.9 })).toThrow(/typicalP/)
    expect(() => resolve({ doSample: true, typicalP: 0.9 })).toThrow(/typicalP/)
  })

  test('files carry metadata and names of caches that nobody reads any more', () => {
    const file = { transformersVersion: '5', _fromModelConfig: true, cacheImplementation: 'hybrid' }
    expect(resolve({}, file)).toEqual(resolve())
  })

  test('unknown options throw and name the one that was meant', () => {
    expect(() => resolve({ max_new_tokens: 3 })).toThrow(/Did you mean maxNewTokens\?/)
    expect(() => resolve({ topk: 3 })).toThrow(/Did you mean topK\?/)
    expect(() => resolve({ heat: 3 })).toThrow(/got "heat"\. Is it misspelled\?/)
    expect(() => resolve(JSON.parse('{"__proto__": 3}'))).toThrow(/got "__proto__"/)
    expect(() => resolve({ constructor: 3 })).toThrow(/got "constructor"/)
    expect(() => resolveOptions(model(), 5 as never)).toThrow(/must be an object; got 5/)
  })

  test('an unknown key of the file is reported once and has no effect', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const file = model(JSON.parse('{"mystery": 1, "__proto__": {"topK": 3}, "constructor": 1}'))
    expect(resolveOptions(file)).toEqual(resolveOptions(file))
    expect(resolveOptions(file).topK).toBe(50)
    expect(emit.mock.calls.map(([message]) => message)).toEqual(
      ['mystery', '__proto__', 'constructor'].map(
        (key) => `generation_config.json: unknown key "${key}" has no effect.`,
      ),
    )
    emit.mockRestore()
  })

  test.each([
    [{ stopStrings: 'x' }, /Pass tokenizer too/],
    [{ pastKeyValues: cache, useCache: false }, /useCache: false/],
    [{ pastKeyValues: cache, cacheImplementation: 'dynamic' }, /already is a cache/],
    [{ maxCacheLen: 8 }, /only with cacheImplementation: 'static'/],
    [{ maxCacheLen: 8, cacheImplementation: 'static', useCache: false }, /only with/],
  ])('refuses %j', (options, message) => {
    expect(() => resolve(options)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringMatching(message) }),
    )
  })
})
