import type { SafetensorsDType } from '@heddle/formats'
import { expect, test } from 'vitest'
import { findDefinition, parseConfig } from './auto.ts'
import { WeightsMismatchError } from './errors.ts'
import { matchWeights } from './match-weights.ts'
import { type TinyModel, tinyModel, tinyModels } from './tiny-checkpoint.ts'

type Header = Record<string, { shape: number[]; dtype?: SafetensorsDType }>

const headerOf = ({ shapes }: TinyModel): Header =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape }]))

async function match(model: TinyModel, header: Header) {
  const definition = await findDefinition(model.config)
  const module = definition.build(parseConfig(definition, model.config))
  const checkpoint = {
    names: Object.keys(header),
    storedInfo: (name: string) => ({
      dtype: 'F32' as SafetensorsDType,
      bytes: 0,
      ...header[name]!,
    }),
  }
  return { module, ...matchWeights(definition, module, checkpoint) }
}

async function mismatch(header: Header, what = 'llama'): Promise<WeightsMismatchError> {
  const error = await match(tinyModel(what), header).catch((error) => error)
  expect(error).toBeInstanceOf(WeightsMismatchError)
  return error
}

test.each(tinyModels)('$what: names on disk are names in code, both ways', async (model) => {
  const { module, sources } = await match(model, headerOf(model))
  const names = Array.from(module.namedParameters(), ([name]) => name)
  expect(names.sort()).toEqual(Object.keys(model.shapes).sort())
  expect(Array.from(sources).filter(([name, source]) => name !== source)).toEqual([])
  for (const name of names) expect(module.findParameter(name)?.shape).toEqual(model.shapes[name])
})

test.each([
  ['gpt2', 'transformer.'],
  ['llama', 'model.'],
])('%s: a base model saved without %j loads', async (what, prefix) => {
  const header = Object.fromEntries(
    Object.entries(headerOf(tinyModel(what))).map(([name, info]) => [
      name.startsWith(prefix) ? name.slice(prefix.length) : name,
      info,
    ]),
  )
  const { sources } = await match(tinyModel(what), header)
  for (const [name, source] of sources) expect([source, prefix + source]).toContain(name)
})

test('buffers of old checkpoints are left alone', async () => {
  const gpt2 = tinyModel('gpt2')
  const { sources } = await match(gpt2, {
    ...headerOf(gpt2),
    'transformer.h.0.attn.bias': { shape: [1, 1, 32, 32], dtype: 'U8' },
    'h.1.attn.masked_bias': { shape: [] },
  })
  expect(sources.size).toBe(Object.keys(gpt2.shapes).length)
  const llama = tinyModel('llama')
  const inverse = { 'model.layers.0.self_attn.rotary_emb.inv_freq': { shape: [2] } }
  await match(llama, { ...headerOf(llama), ...inverse })
})

test('a tied head may be stored as well, or instead', async () => {
  const model = tinyModel('gpt2')
  const header = headerOf(model)
  const both = await match(model, { ...header, 'lm_head.weight': { shape: [40, 16] } })
  expect(both.copies).toEqual([['lm_head.weight', 'transformer.wte.weight']])
  const { 'transformer.wte.weight': table, ...rest } = header
  const instead = await match(model, { ...rest, 'lm_head.weight': table! })
  expect(instead.sources.get('transformer.wte.weight')).toBe('lm_head.weight')
  expect(instead.copies).toEqual([])
})

test('every missing, unexpected and mismatched name is listed', async () => {
  const header = headerOf(tinyModel('llama'))
  delete header['lm_head.weight']
  delete header['model.layers.1.mlp.up_proj.weight']
  header['model.layers.2.mlp.up_proj.weight'] = { shape: [20, 16] }
  header['model.norm.weight'] = { shape: [16, 1] }
  header['model.layers.0.self_attn.q_proj.weight'] = { shape: [16, 16], dtype: 'I8' }
  const error = await mismatch(header)
  expect(error.code).toBe('ERR_FORMAT_WEIGHTS_MISMATCH')
  expect(error.missing).toEqual(['model.layers.1.mlp.up_proj.weight', 'lm_head.weight'])
  expect(error.unexpected).toEqual(['model.layers.2.mlp.up_proj.weight'])
  expect(error.mismatched).toEqual([
    'model.layers.0.self_attn.q_proj.weight: I8 instead of F32, BF16 or F16',
    'model.norm.weight: [16, 1] instead of [16]',
  ])
  expect(error.message).toContain(
    'llama: the weights must be exactly those of config.json; got 2 missing ' +
      '(model.layers.1.mlp.up_proj.weight, lm_head.weight); 1 unexpected',
  )
})

test.each(tinyModels)(
  '$what: each tensor that lacks or has another shape is named',
  async (model) => {
    for (const name of Object.keys(model.shapes)) {
      const header = headerOf(model)
      header[name] = { shape: [...model.shapes[name]!, 1] }
      expect((await mismatch(header, model.what)).mismatched).toHaveLength(1)
      delete header[name]
      expect((await mismatch(header, model.what)).missing).toEqual([name])
    }
  },
)

test('a name with and without its prefix is one too many', async () => {
  const header = headerOf(tinyModel('llama'))
  expect((await mismatch({ ...header, 'norm.weight': { shape: [16] } })).unexpected).toEqual([
    'norm.weight',
  ])
})
