import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AutoTokenizer } from './auto-tokenizer.ts'
import { createTokenizer, type TokenizerFiles } from './create-tokenizer.ts'

const small = {
  version: '1.0',
  added_tokens: [],
  pre_tokenizer: { type: 'Whitespace' },
  model: { type: 'WordLevel', vocab: { a: 0, b: 1, '<unk>': 2 }, unk_token: '<unk>' },
}
const make = (files: TokenizerFiles = {}) => createTokenizer(small, files)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-tokenizer-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const config = async () =>
  JSON.parse(await readFile(join(folder, 'tokenizer_config.json'), 'utf8')) as Record<
    string,
    unknown
  >

describe('savePretrained', () => {
  it('writes what reads back as the same tokenizer', async () => {
    const model = fileURLToPath(new URL('../../tiny-tales/model', import.meta.url))
    const tales = await AutoTokenizer.fromPretrained(model)
    tales.addSpecialTokens({ maskToken: { content: '<mask>', lstrip: true } })
    tales.addTokens(['wombat'])
    const names = await tales.savePretrained(join(folder, 'new/place'))
    expect(names).toContain('tokenizer.json')
    const again = await AutoTokenizer.fromPretrained(join(folder, 'new/place'))
    expect(again.pipeline.toJSON()).toEqual(tales.pipeline.toJSON())
    expect({ ...again, config: 0 }).toEqual({ ...tales, config: 0 })
    expect(again.specialTokens).toEqual(tales.specialTokens)
    expect(again.encode('A wombat <mask>!')).toEqual(tales.encode('A wombat <mask>!'))
    expect(again.toFiles()).toEqual(tales.toFiles())
    expect((await readdir(join(folder, 'new/place'))).sort()).toEqual([...names].sort())
  })

  it('keeps settings, names and keys that it does not know', async () => {
    const t = make({
      config: {
        tokenizer_class: 'BertTokenizer',
        do_lower_case: false,
        something: { else: [1] },
        added_tokens_decoder: {},
        unk_token: '<unk>',
        image_token: '<img>',
        additional_special_tokens: ['<x>'],
        sep_token: null,
        cls_token: null,
        mask_token: null,
        pad_token: null,
      },
    })
    t.unkToken = undefined
    t.modelMaxLength = 77
    t.truncationSide = 'left'
    await t.savePretrained(folder)
    expect(await config()).toMatchObject({
      tokenizer_class: 'BertTokenizer',
      do_lower_case: false,
      something: { else: [1] },
      unk_token: null,
      image_token: '<img>',
      extra_special_tokens: ['<x>'],
      model_max_length: 77,
      truncation_side: 'left',
    })
    expect(Object.keys(await config())).not.toContain('added_tokens_decoder')
    const again = await AutoTokenizer.fromPretrained(folder)
    expect([again.unkToken, again.modelMaxLength, again.truncationSide]).toEqual([
      undefined,
      77,
      'left',
    ])
    expect(again.specialTokens).toEqual({ image: '<img>' })
    expect(again.extraSpecialTokens).toEqual(['<x>'])
  })

  it('writes templates to files of their own and removes those that others left', async () => {
    const old = { 'special_tokens_map.json': '{"pad_token":"a"}', 'chat_template.json': '{}' }
    await mkdir(join(folder, 'additional_chat_templates'))
    for (const [name, text] of Object.entries({
      ...old,
      'additional_chat_templates/old.jinja': 'old',
      'README.md': 'mine',
    })) {
      await writeFile(join(folder, name), text)
    }
    const chatTemplate = new Map([
      ['default', 'one'],
      ['rag', 'two'],
    ])
    await make({ chatTemplate }).savePretrained(folder)
    expect((await readdir(folder, { recursive: true })).sort()).toEqual([
      'README.md',
      'additional_chat_templates',
      'additional_chat_templates/rag.jinja',
      'chat_template.jinja',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    const again = await AutoTokenizer.fromPretrained(folder)
    expect(again.chatTemplate).toEqual(chatTemplate)
    expect(again.padToken).toBeUndefined()
    again.chatTemplate = undefined
    await again.savePretrained(folder)
    expect((await AutoTokenizer.fromPretrained(folder)).chatTemplate).toBeUndefined()
  })

  it('leaves what was there when it cannot write, and no temporary files', async () => {
    const t = make({ chatTemplate: new Map([['../x', 'text']]) })
    await expect(t.savePretrained(folder)).rejects.toThrow(
      'a chat template needs a name of letters',
    )
    await make().savePretrained(folder)
    const before = await readFile(join(folder, 'tokenizer.json'), 'utf8')
    await rm(join(folder, 'tokenizer_config.json'))
    await mkdir(join(folder, 'tokenizer_config.json/full'), { recursive: true })
    const other = make()
    other.addTokens('new')
    await expect(other.savePretrained(folder)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_TOKENIZER_FILE' }),
    )
    expect(await readFile(join(folder, 'tokenizer.json'), 'utf8')).toBe(before)
    expect((await readdir(folder)).sort()).toEqual(['tokenizer.json', 'tokenizer_config.json'])
    await expect(make().savePretrained(join(folder, 'tokenizer.json'))).rejects.toThrow(
      'savePretrained: the folder must be writable; got ',
    )
  })

  it('stops with its signal, and needs a file system', async () => {
    const reason = new TypeError('stop')
    const signal = AbortSignal.abort(reason)
    await expect(make().savePretrained(folder, { signal })).rejects.toBe(reason)
    expect(await readdir(folder)).toEqual([])
    vi.stubGlobal('process', undefined)
    try {
      await expect(make().savePretrained(folder)).rejects.toThrow(
        'there must be a file system; got an environment without. Take the texts of toFiles() instead.',
      )
    } finally {
      vi.unstubAllGlobals()
    }
  })
})
