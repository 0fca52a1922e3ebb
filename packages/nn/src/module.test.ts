import { memory, tensor } from '@heddle/tensor'
import { expect, test } from 'vitest'
import { Embedding } from './embedding.ts'
import { LayerNorm } from './layer-norm.ts'
import { Linear } from './linear.ts'
import { Module } from './module.ts'

class Block extends Module {
  readonly ln_1 = new LayerNorm(2, 1e-5)
  readonly cProj = new Linear(2, 3, { bias: true })
  readonly scale = 0.5
}

class Exceptional extends Module {
  static override readonly weightNames = { qkv: 'Wqkv' }
  readonly qkv = new Linear(2, 6, { bias: false })
}

class Tree extends Module {
  readonly embedTokens = new Embedding(5, 2)
  readonly layers = [new Block(), new Block()]
  readonly attn = new Exceptional()
  readonly lmHead = new Linear(2, 5, { bias: false, weight: this.embedTokens.weight })
}

const names = [
  'embed_tokens.weight',
  ...[0, 1].flatMap((i) => [
    `layers.${i}.ln_1.weight`,
    `layers.${i}.ln_1.bias`,
    `layers.${i}.c_proj.weight`,
    `layers.${i}.c_proj.bias`,
  ]),
  'attn.Wqkv.weight',
]

test('paths of properties are the names of a checkpoint, exceptions by table', () => {
  expect(Array.from(new Tree().namedParameters(), ([name]) => name)).toEqual(names)
})

test('a tied parameter has one entry among the parameters and two among the slots', () => {
  const slots = Array.from(new Tree().namedSlots(), ([name]) => name)
  expect(slots).toEqual([...names, 'lm_head.weight'])
})

test('every slot name leads back to its parameter', () => {
  const tree = new Tree()
  for (const [name, parameter] of tree.namedSlots()) {
    expect(tree.findParameter(name)).toBe(parameter)
  }
})

test.each([
  'embed_tokens',
  'layers.2.ln_1.weight',
  'layers.length',
  'constructor.weight_names',
  '__proto__.weight',
  '',
])('%j names no parameter', (name) => {
  expect(new Tree().findParameter(name)).toBeUndefined()
})

test('binding checks the name and the exact shape', () => {
  const tree = new Tree()
  using wrong = tensor(new Float32Array(10), { shape: [2, 5] })
  expect(() => tree.bind('embed_tokens.weight', wrong)).toThrow(
    'Parameter: the bound tensor must have shape [5, 2]; got [2, 5].',
  )
  expect(() => tree.bind('embed_token.weight', wrong)).toThrow(
    "Tree: bind needs the name of a parameter; got 'embed_token.weight'.",
  )
})

test('construction allocates nothing and dispose frees what was bound', () => {
  const before = memory()
  const tree = new Tree()
  expect(memory().tensors).toBe(before.tensors)
  tree.bind('attn.Wqkv.weight', tensor(new Float32Array(12), { shape: [6, 2] }))
  expect(memory().tensors).toBe(before.tensors + 1)
  tree.dispose()
  tree.dispose()
  expect(memory().tensors).toBe(before.tensors)
})

test('an unbound weight and a disposed one throw errors of their own', () => {
  const layer = new Linear(2, 3, { bias: false })
  using x = tensor([[1, 2]], { dtype: 'f32' })
  expect(() => layer.forward(x)).toThrow(expect.objectContaining({ code: 'ERR_PARAMETER_UNBOUND' }))
  layer.bind('weight', tensor(new Float32Array(6), { shape: [3, 2] }))
  layer.dispose()
  expect(() => layer.forward(x)).toThrow(expect.objectContaining({ code: 'ERR_TENSOR_DISPOSED' }))
  expect(() => layer.weight.bind(x)).toThrow(
    expect.objectContaining({ code: 'ERR_TENSOR_DISPOSED' }),
  )
})
