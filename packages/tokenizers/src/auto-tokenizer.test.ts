import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AutoTokenizer } from './auto-tokenizer.ts'

const model = {
  version: '1.0',
  added_tokens: [],
  model: { type: 'BPE', vocab: { a: 0, '<s>': 1 }, merges: [] },
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-tokenizer-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function load(files: Record<string, unknown>) {
  for (const [name, content] of Object.entries({ 'tokenizer.json': model, ...files })) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(
      join(folder, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    )
  }
  return AutoTokenizer.fromPretrained(folder)
}

describe('AutoTokenizer', () => {
  it('loads the default model', async () => {
    const t = await AutoTokenizer.fromPretrained(
      fileURLToPath(new URL('../../tiny-tales/model', import.meta.url)),
    )
    expect([t.bosTokenId, t.eosTokenId, t.padTokenId, t.paddingSide, t.modelMaxLength]).toEqual([
      0,
      1,
      2,
      'left',
      512,
    ])
  })

  it('adds the special tokens of the configuration', async () => {
    const t = await load({
      'tokenizer_config.json': {
        bos_token: {
          content: '<s>',
          lstrip: false,
          rstrip: false,
          normalized: false,
          single_word: false,
        },
        eos_token: '</s>',
        unk_token: null,
        image_token: '<img>',
        additional_special_tokens: ['<x>'],
        add_eos_token: true,
        model_max_length: 1e30,
      },
    })
    // What is around a text stands in tokenizer.json itself.
    expect(t.encode('<s>a<x><img></s>')).toEqual([1, 0, 4, 3, 2])
    expect(t.decode([1, 0, 4, 3, 2], { skipSpecialTokens: true })).toBe('a')
    expect(t.modelMaxLength).toBe(Infinity)
    expect(t.unkTokenId).toBeUndefined()
    expect(t.specialTokens).toEqual({ bos: '<s>', eos: '</s>', image: '<img>' })
  })

  it('lets the caller replace settings, also what is around a text', async () => {
    await load({ 'tokenizer_config.json': { bos_token: '<s>', padding_side: 'right' } })
    const config = { add_bos_token: true, padding_side: 'left', pad_token: 'a' }
    const t = await AutoTokenizer.fromPretrained(folder, { config })
    expect([t.encode('a'), t.paddingSide, t.padTokenId]).toEqual([[1, 0], 'left', 0])
    expect(t.encode('a', { textPair: 'a' })).toEqual([1, 0, 1, 0])
    const wrong = { config: { add_eos_token: 'yes' } }
    await expect(AutoTokenizer.fromPretrained(folder, wrong)).rejects.toThrow(
      'add_eos_token: must be true or false; got "yes".',
    )
    const none = { config: { add_eos_token: true } }
    expect((await AutoTokenizer.fromPretrained(folder, none)).encode('a')).toEqual([0])
  })

  it('reads the vocabulary files of a folder without tokenizer.json', async () => {
    await writeFile(join(folder, 'vocab.txt'), '[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n')
    await writeFile(join(folder, 'config.json'), '{"model_type":"bert"}')
    const t = await AutoTokenizer.fromPretrained(folder)
    expect(t.encode('AB')).toEqual([2, 5, 6, 3])
    expect([t.padToken, t.modelInputNames]).toEqual([
      '[PAD]',
      ['input_ids', 'token_type_ids', 'attention_mask'],
    ])
  })

  it('adds the tokens of added_tokens.json, special when they have a name', async () => {
    const t = await load({
      'tokenizer_config.json': { pad_token: '<pad>' },
      'added_tokens.json': { '<pad>': 3, new: 2 },
    })
    expect(t.encode('anew<pad>')).toEqual([0, 2, 3])
    expect(t.addedTokensDecoder.get(2)).toMatchObject({ special: false, normalized: true })
    expect(t.addedTokensDecoder.get(3)).toMatchObject({ special: true, normalized: false })
    await expect(load({ 'added_tokens.json': { x: -1 } })).rejects.toThrow('added_tokens.json: x')
  })

  it('keeps large files in a cache, or not, and reads the same from it', async () => {
    const vocab: Record<string, number> = { a: 0, b: 1, ab: 2 }
    for (let id = 3; id < 60_000; id++) vocab[`token-${id}`] = id
    await load({ 'tokenizer.json': { ...model, model: { type: 'BPE', vocab, merges: ['a b'] } } })
    const cache = join(folder, 'cache')
    const want = await AutoTokenizer.fromPretrained(folder, { cache: false })
    await expect(readdir(cache)).rejects.toThrow('ENOENT')
    for (const damage of [false, false, true]) {
      const [name] = damage ? await readdir(cache) : []
      if (name) await writeFile(join(cache, name), 'no cache')
      const t = await AutoTokenizer.fromPretrained(folder, { cache })
      expect([t.encode('abba'), t.size]).toEqual([[2, 1, 0], 60_000])
      expect(t.toFiles()).toEqual(want.toFiles())
    }
    expect(await readdir(cache)).toHaveLength(1)
  })

  it('stops when its signal does', async () => {
    await load({})
    const reason = new TypeError('stop')
    const signal = AbortSignal.abort(reason)
    await expect(AutoTokenizer.fromPretrained(folder, { signal })).rejects.toBe(reason)
  })

  it('takes the settings of added_tokens_decoder, and then ignores special_tokens_map.json', async () => {
    const token = {
      content: '<s>',
      lstrip: true,
      rstrip: false,
      normalized: false,
      single_word: false,
      special: true,
    }
    const config = { added_tokens_decoder: { 1: token }, eos_token: '<s>' }
    const map = { eos_token: 'a', pad_token: 'a' }
    const t = await load({ 'tokenizer_config.json': config, 'special_tokens_map.json': map })
    expect(t.encode('a  <s>')).toEqual([0, 1])
    expect([t.eosTokenId, t.padTokenId]).toEqual([1, undefined])
    const old = await load({ 'tokenizer_config.json': {}, 'special_tokens_map.json': map })
    expect([old.eosTokenId, old.padTokenId]).toEqual([0, 0])
  })

  it('finds chat templates in every place, the file first', async () => {
    const say = { role: 'user', content: '' }
    const render = (t: Awaited<ReturnType<typeof load>>, more = {}) =>
      t.applyChatTemplate([say], { tokenize: false, ...more })
    expect(render(await load({ 'chat_template.json': { chat_template: 'json' } }))).toBe('json')
    const list = [
      { name: 'default', template: 'one' },
      { name: '../x', template: 'two' },
    ]
    const t = await load({ 'tokenizer_config.json': { chat_template: list } })
    expect([render(t), render(t, { chatTemplate: '../x' })]).toEqual(['one', 'two'])
    const all = await load({
      'tokenizer_config.json': { chat_template: 'config' },
      'chat_template.jinja': 'file',
      'additional_chat_templates/rag.jinja': 'rag',
    })
    expect([render(all), render(all, { chatTemplate: 'rag' })]).toEqual(['file', 'rag'])
  })

  it('says what to do when tokenizer.json is missing or broken', async () => {
    await expect(AutoTokenizer.fromPretrained(folder)).rejects.toThrow(
      /must hold tokenizer\.json, tokenizer\.model, .* without any\. Check the path/,
    )
    await expect(load({ 'tokenizer.json': '{"version":' })).rejects.toThrow(
      'Is the download complete?',
    )
    await expect(load({ 'tokenizer.json': '[]' })).rejects.toThrow(
      'tokenizer.json: must be an object; got [].',
    )
    await expect(load({ 'tokenizer.json': '{"a":1,"a":2}' })).rejects.toThrow('the same key twice')
    await rm(join(folder, 'tokenizer.json'))
    await mkdir(join(folder, 'tokenizer.json'))
    await expect(AutoTokenizer.fromPretrained(folder)).rejects.toThrow('must be a regular file')
  })

  it.each([
    [{ eos_token: {} }, 'eos_token.content: must be a string; got nothing.'],
    [{ eos_token: 5 }, 'eos_token: must be an object; got 5.'],
    [{ added_tokens_decoder: { x: {} } }, 'must be keyed by token ids; got "x".'],
    [{ padding_side: 'up' }, 'padding_side: must be left or right; got "up".'],
    [{ model_max_length: -1 }, 'model_max_length: must be a number above 0; got -1.'],
    [{ chat_template: [{ name: 'a' }] }, 'template: must be a string; got nothing.'],
    [{ split_special_tokens: 'yes' }, 'split_special_tokens: must be true or false; got "yes".'],
    [{ model_input_names: ['a', 1] }, 'model_input_names[1]: must be a string; got 1.'],
    [{ extra_special_tokens: 5 }, 'extra_special_tokens: must be an object; got 5.'],
    [{ additional_special_tokens: [5] }, 'additional_special_tokens[0]: must be an object; got 5.'],
  ])('refuses the configuration %j', async (config, message) => {
    await expect(load({ 'tokenizer_config.json': config })).rejects.toThrow(message)
  })
})
