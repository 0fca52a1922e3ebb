import { memory, synchronize } from '@heddle/tensor'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BigramModel } from './bigram-model.test-support.ts'
import { generate, type StreamPart, stream } from './generate.ts'

let model: BigramModel
let start: { tensors: number; bytes: number }

const used = () => {
  const { tensors, bytes } = memory()
  return { tensors, bytes }
}

beforeEach(async () => {
  model = new BigramModel({ eosTokenId: 2, padTokenId: 0 })
  start = used()
})

afterEach(async () => {
  // Whatever a test did, nothing of its calls may be left.
  expect(used()).toEqual(start)
  model.dispose()
  await synchronize()
  expect(memory().rescued).toBe(0)
})

const eosTokenId = null

describe('lengths and ends', () => {
  test('without a word generates 20 tokens greedily', async () => {
    const output = await generate(model, [5, 6], { eosTokenId })
    expect(output.newTokens).toEqual([model.chain(6, 20)])
    expect(output.sequences).toEqual([[5, 6, ...model.chain(6, 20)]])
    expect(output.finishReasons).toEqual(['length'])
    expect(output.counts).toEqual({ promptTokens: 2, cachedTokens: 0, newTokens: 20 })
    expect(output.seed).toBeUndefined()
    expect(model.checks).toBe(1)
  })

  test('an end token ends its row, the other rows go on and the shorter is padded', async () => {
    const [a, b] = [6, 11]
    const ends = [model.chain(a, 3)[2] as number]
    const output = await generate(model, [[1, a], [b]], { maxNewTokens: 6, eosTokenId: ends })
    expect(output.newTokens).toEqual([model.chain(a, 3), model.chain(b, 6)])
    expect(output.finishReasons).toEqual(['stop', 'length'])
    expect(output.sequences).toEqual([
      [1, a, ...model.chain(a, 3), 0, 0, 0],
      [0, b, ...model.chain(b, 6)],
    ])
    expect(output.counts).toEqual({ promptTokens: 3, cachedTokens: 0, newTokens: 9 })
  })

  test('minNewTokens holds end tokens back, and no longer', async () => {
    const ends = model.chain(6, 1)
    const free = await generate(model, [6], { maxNewTokens: 9, eosTokenId: ends })
    expect(free.newTokens[0]).toHaveLength(1)
    const held = await generate(model, [6], { maxNewTokens: 9, minNewTokens: 1, eosTokenId: ends })
    // The second likeliest token comes in place of the end token.
    expect(held.newTokens[0]?.[0]).toBe((ends[0] as number) + 1)
    const never = await generate(model, [6], {
      maxNewTokens: 4,
      minNewTokens: 9,
      eosTokenId: ends,
    })
    expect(never.finishReasons).toEqual(['length'])
    expect(never.newTokens[0]?.some((id) => ends.includes(id))).toBe(false)
  })

  test('stop strings end a row and stay out of the text', async () => {
    const tokenizer = letters()
    const chain = model.chain(6, 12)
    const text = tokenizer.decode(chain)
    const stop = text.slice(4, 6)
    const parts: StreamPart[] = []
    const options = { tokenizer, stopStrings: stop, maxNewTokens: 12, eosTokenId }
    for await (const part of stream(model, [6], options)) parts.push(part)
    expect(parts.map((part) => part.text).join('')).toBe(text.slice(0, 4))
    expect(parts.at(-1)).toMatchObject({ done: true, finishReasons: ['stop-string'] })
    const output = await generate(model, [6], options)
    expect(output.texts).toEqual([text.slice(0, 4)])
    expect(output.newTokens).toEqual([chain.slice(0, 6)])
  })

  test('without end tokens a row that a stop string ended goes on beside the others', async () => {
    const tokenizer = letters()
    const [a, b] = [model.chain(6, 5), model.chain(11, 5)]
    const output = await generate(model, [[6], [11]], {
      tokenizer,
      stopStrings: tokenizer.decode([a[1] as number]),
      maxNewTokens: 5,
      eosTokenId,
    })
    expect(output.newTokens).toEqual([a.slice(0, 2), b])
    expect(output.sequences).toEqual([
      [6, ...a],
      [11, ...b],
    ])
    expect(output.texts).toEqual([tokenizer.decode(a.slice(0, 1)), tokenizer.decode(b)])
  })

  test('a row that a stop string ended is padded where end tokens exist', async () => {
    const tokenizer = letters()
    const a = model.chain(6, 5)
    const output = await generate(model, [[6], [11]], {
      tokenizer,
      stopStrings: tokenizer.decode([a[1] as number]),
      maxNewTokens: 4,
      eosTokenId: 50,
    })
    expect(output.sequences[0]).toEqual([6, ...a.slice(0, 2), 0, 0])
  })
})

describe('streams', () => {
  test('a part has a token and text for each row', async () => {
    const tokenizer = letters()
    const parts: StreamPart[] = []
    const stops = [model.chain(6, 2)[1] as number]
    for await (const part of stream(model, [[6], [11]], {
      tokenizer,
      maxNewTokens: 3,
      eosTokenId: stops,
    })) {
      parts.push(part)
    }
    const [a, b] = [model.chain(6, 2), model.chain(11, 3)]
    expect(parts.map((part) => part.tokens)).toEqual([
      [a[0], b[0]],
      [a[1], b[1]],
      [0, b[2]],
    ])
    expect(parts.map((part) => part.texts)).toEqual([
      [tokenizer.decode([a[0] as number]), tokenizer.decode([b[0] as number])],
      [tokenizer.decode([a[1] as number]), tokenizer.decode([b[1] as number])],
      ['', tokenizer.decode([b[2] as number])],
    ])
    expect(parts.map((part) => part.done)).toEqual([false, false, true])
    expect(parts[2]?.finishReasons).toEqual(['stop', 'length'])
  })

  test('the next step is queued before a token is read, and none after the last', async () => {
    const parts = stream(model, [6], { maxNewTokens: 3, eosTokenId })
    const queued: number[] = []
    for await (const _ of parts) queued.push(model.calls.length)
    expect(queued).toEqual([2, 3, 3])
  })

  test('memory is back before the last part is seen, and after leaving early', async () => {
    for await (const part of stream(model, [6], { maxNewTokens: 3, eosTokenId })) {
      if (part.done) expect(used()).toEqual(start)
    }
    for await (const _ of stream(model, [6], { maxNewTokens: 30, eosTokenId })) break
    expect(used()).toEqual(start)
    const left = stream(model, [6], { maxNewTokens: 30, eosTokenId })
    await left.next()
    const mine = new RangeError('mine')
    await expect(left.throw(mine)).rejects.toBe(mine)
    expect(used()).toEqual(start)
  })
})

describe('prompts', () => {
  test('goes through the model in chunks, the last with logits', async () => {
    const prompt = Array.from({ length: 20 }, (_, i) => i + 3)
    const seen: unknown[] = []
    const output = await generate(model, prompt, {
      maxNewTokens: 2,
      prefillChunkSize: 8,
      eosTokenId,
      onProgress: (event) => seen.push(event),
    })
    expect(output.newTokens).toEqual([model.chain(22, 2)])
    expect(
      model.calls.map(({ tokens, past, logitsToKeep }) => [tokens, past, logitsToKeep]),
    ).toEqual([
      [8, 0, -1],
      [8, 8, -1],
      [4, 16, 1],
      [1, 20, 1],
    ])
    expect(model.calls.map((call) => call.sequenceLength)).toEqual([20, 20, 20, undefined])
    expect(seen).toEqual([
      { phase: 'prefill', done: 8, total: 20 },
      { phase: 'prefill', done: 16, total: 20 },
      { phase: 'decode', done: 1, total: 2 },
      { phase: 'decode', done: 2, total: 2 },
    ])
  })

  test('positions count from each row its first token', async () => {
    await generate(model, [[5, 6, 7], [8]], { maxNewTokens: 3, eosTokenId, prefillChunkSize: 2 })
    expect(await Promise.all(model.calls.map((call) => call.positions))).toEqual([
      [0, 1, 0, 0],
      [2, 0],
      [3, 1],
      [4, 2],
    ])
  })

  test('useCache: false runs the whole rows each time and chooses the same tokens', async () => {
    const options = { maxNewTokens: 3, eosTokenId }
    const cached = await generate(model, [[5, 6], [8]], options)
    const first = model.calls.length
    const whole = await generate(model, [[5, 6], [8]], { ...options, useCache: false })
    expect(whole).toEqual(cached)
    expect(model.calls.slice(first).map(({ tokens, past }) => [tokens, past])).toEqual([
      [2, 0],
      [3, 0],
      [4, 0],
    ])
    expect(await model.calls.at(-1)?.positions).toEqual([0, 1, 2, 3, 0, 0, 1, 2])
  })
})

describe('sampling', () => {
  const sampled = { doSample: true, temperature: 2, maxNewTokens: 12, eosTokenId }

  test('is repeated by its seed, drawn at random otherwise', async () => {
    const a = await generate(model, [6], { ...sampled, seed: 1 })
    const b = await generate(model, [6], { ...sampled, seed: 1 })
    const c = await generate(model, [6], { ...sampled, seed: 2 })
    const d = await generate(model, [6], sampled)
    expect(b).toEqual(a)
    expect(c.newTokens).not.toEqual(a.newTokens)
    expect(a.seed).toBe(1)
    expect(await generate(model, [6], { ...sampled, seed: d.seed })).toEqual(d)
  })

  test.each([
    ['topK', { topK: 1 }],
    ['topP', { topP: 0.001, topK: 0 }],
    ['minP', { minP: 1, topK: 0 }],
    ['temperature', { temperature: 1e-6, topK: 0 }],
  ])('%s alone can leave only the likeliest token', async (_, options) => {
    const output = await generate(model, [6], { ...sampled, ...options, seed: 3 })
    expect(output.newTokens).toEqual([model.chain(6, 12)])
    const free = await generate(model, [6], { ...sampled, topK: 0, seed: 3 })
    expect(free.newTokens).not.toEqual(output.newTokens)
  })

  test('repetitionPenalty looks at every token of the row, however long it gets', async () => {
    const maxNewTokens = 1100
    const ids = [6]
    const { vocabSize } = model.config
    while (ids.length <= maxNewTokens) {
      const seen = new Set(ids)
      const likeliest = model.next(ids.at(-1) as number)
      const scores = Array.from({ length: vocabSize }, (_, id) => {
        const score = -1 - ((id - likeliest + vocabSize) % vocabSize) / 4
        return seen.has(id) ? score * 4 : score
      })
      ids.push(scores.indexOf(Math.max(...scores)))
    }
    const options = { maxNewTokens, eosTokenId, repetitionPenalty: 4 }
    expect((await generate(model, [6], options)).sequences).toEqual([ids])
  })

  test('padding is no part of what may not be repeated', async () => {
    const options = { maxNewTokens: 5, eosTokenId, repetitionPenalty: 100, padTokenId: 15 }
    const alone = await generate(model, [6], options)
    const padded = await generate(model, [[1, 2, 3], [6]], options)
    expect(model.chain(6, 1)).toEqual([15])
    expect(padded.newTokens[1]).toEqual(alone.newTokens[0])
  })
})

/** A tokenizer whose tokens are single letters. */
function letters() {
  const letter = (id: number) => String.fromCodePoint(0x100 + id)
  return {
    decode: (ids: number[]) => ids.map(letter).join(''),
    streamDecoder: () => ({ push: letter, flush: () => '' }),
  }
}
