import { describe, expect, it } from 'vitest'
import type { TrainingProgress } from './pace.ts'
import { trainTokenizerJson, type TokenizerSkeleton } from './train-tokenizer-json.ts'
import { trainTokenizer } from './train-tokenizer.ts'

const texts = ['The roses are red.', 'The violets are blue,', 'and so are you.']
const skeleton: TokenizerSkeleton = {
  model: { type: 'BPE', unk_token: '<unk>' },
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
}
const options = { vocabSize: 40, specialTokens: ['<unk>', '<s>'] }

describe('trainTokenizer', () => {
  it('learns from normalized words and returns a tokenizer', async () => {
    const tokenizer = await trainTokenizer(skeleton, texts, options)
    const ids = tokenizer.encode('ARE ?')
    expect(ids.map((id) => tokenizer.idToToken(id))).toEqual(['are', '<unk>'])
    expect(tokenizer.encode('<s>are')[0]).toBe(1)
    expect(tokenizer.isSpecialId(1)).toBe(true)
  })

  it.each(['WordPiece', 'WordLevel', 'Unigram'])('trains a %s', async (type) => {
    const special = { specialTokens: ['[UNK]'] }
    const unk = type === 'Unigram' ? { unkToken: '[UNK]' } : {}
    const json = { ...skeleton, model: { type, unk_token: '[UNK]' } }
    const tokenizer = await trainTokenizer(json, texts, { vocabSize: 50, ...special, ...unk })
    expect(tokenizer.tokenToId('[UNK]')).toBe(0)
    const ids = tokenizer.encode('the roses')
    expect(ids.length).toBeGreaterThan(0)
    expect(ids).not.toContain(0)
  })

  it('takes batches and asynchronous sources, with the same result', async () => {
    const want = await trainTokenizerJson(skeleton, texts, options)
    expect(await trainTokenizerJson(skeleton, new Set(texts), options)).toEqual(want)
    expect(await trainTokenizerJson(skeleton, [texts.slice(0, 2), texts[2]!], options)).toEqual(
      want,
    )
    async function* source() {
      yield texts.slice(0, 1)
      await new Promise((resolve) => setTimeout(resolve, 1))
      yield* texts.slice(1)
    }
    expect(await trainTokenizerJson(skeleton, source(), options)).toEqual(want)
  })

  it('learns bytes where the pre-tokenizer writes them', async () => {
    const json = { model: { type: 'BPE' }, pre_tokenizer: { type: 'ByteLevel' } }
    const tokenizer = await trainTokenizer(json, ['\u00e9t\u00e9 \u00e9t\u00e9'], {})
    expect(tokenizer.encode('\u00e9t\u00e9').length).toBe(1)
    expect(tokenizer.tokenToId('\u0120\u00c3\u00a9t\u00c3\u00a9')).toBeDefined()
  })

  it('gives tokens that the skeleton names their new ids', async () => {
    const json = {
      ...skeleton,
      post_processor: {
        type: 'TemplateProcessing',
        single: [
          { SpecialToken: { id: '<s>', type_id: 0 } },
          { Sequence: { id: 'A', type_id: 0 } },
        ],
        pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
        special_tokens: { '<s>': { id: '<s>', ids: [77], tokens: ['<s>'] } },
      },
      padding: { pad_token: '<s>', pad_id: 9 },
    }
    const trained = await trainTokenizerJson(json, texts, options)
    expect(trained).toMatchObject({
      post_processor: { special_tokens: { '<s>': { ids: [1], tokens: ['<s>'] } } },
      padding: { pad_id: 1 },
    })
    const missing = trainTokenizerJson(json, texts, { vocabSize: 40 })
    await expect(missing).rejects.toThrow('must be in the new vocabulary; got "<s>"')
  })

  it('finds room for special tokens beyond a vocabulary that is too small', async () => {
    const json = { ...skeleton, model: { type: 'WordLevel', unk_token: 'a' } }
    const trained = await trainTokenizerJson(json, [], { vocabSize: 1, specialTokens: ['a', 'b'] })
    expect(trained['added_tokens']).toMatchObject([{ id: 0 }, { id: 1, content: 'b' }])
  })

  it('lets others run, and tells how far it is', async () => {
    const seen: TrainingProgress[] = []
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const many = Array.from({ length: 20_000 }, (_, i) => `${texts[i % 3]} ${i * 7919}`)
    const onProgress = (progress: TrainingProgress) => seen.push(progress)
    await trainTokenizer(skeleton, many, { vocabSize: 2000, onProgress })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(3)
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(
      expect.arrayContaining(['words', 'alphabet', 'merges']),
    )
    expect(seen.at(-1)).toEqual({ stage: 'merges', done: 2000, total: 2000 })
  })

  it('ends at once when its signal says so', async () => {
    const reason = new TypeError('enough')
    const early = AbortSignal.abort(reason)
    await expect(trainTokenizer(skeleton, texts, { signal: early })).rejects.toBe(reason)
    const abort = new AbortController()
    let closed = false
    const hanging: AsyncIterable<string> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          closed = true
          return new Promise(() => {})
        },
      }),
    }
    const waiting = trainTokenizer(skeleton, hanging, { signal: abort.signal })
    setTimeout(() => abort.abort(reason), 1)
    await expect(waiting).rejects.toBe(reason)
    expect(closed).toBe(true)
    // Within the work, at a turn of others.
    const during = new AbortController()
    const onProgress = () => during.abort(reason)
    const working = trainTokenizer(skeleton, texts, { onProgress, signal: during.signal })
    await expect(working).rejects.toBe(reason)
  })

  it('passes errors of the source on and closes a source that it gives up', async () => {
    const failure = new RangeError('source')
    async function* failing() {
      yield texts[0]!
      throw failure
    }
    await expect(trainTokenizer(skeleton, failing())).rejects.toBe(failure)
    let closed = false
    function* wrong(): Generator<string> {
      try {
        yield 5 as unknown as string
      } finally {
        closed = true
      }
    }
    await expect(trainTokenizer(skeleton, wrong())).rejects.toThrow('text 0 must hold strings')
    expect(closed).toBe(true)
  })

  it.each([
    [skeleton, 'a text', 'texts must be an iterable of strings; got "a text"'],
    [skeleton, null, 'texts must be an iterable of strings'],
    [skeleton, [[1]], 'text 0 must hold strings'],
    [{ ...skeleton, model: { type: 'Markov' } }, texts, 'model.type must be one of BPE, WordPiece'],
    [{ ...skeleton, model: { type: 'toString' } }, texts, 'model.type must be one of'],
    [{}, texts, 'model: must be an object'],
    [{ ...skeleton, tokenizer: 1 }, texts, 'got "tokenizer"'],
    [{ ...skeleton, added_tokens: [{ content: 'a' }] }, texts, 'the option specialTokens'],
    [{ ...skeleton, normalizer: { type: 'Nope' } }, texts, 'normalizer'],
  ])('refuses %#', async (json, source, message) => {
    const training = trainTokenizer(json as TokenizerSkeleton, source as string[])
    await expect(training).rejects.toThrow(message)
    await expect(training).rejects.toMatchObject({ name: 'TokenizerError' })
  })
})
