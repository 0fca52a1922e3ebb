import { expect, test } from 'vitest'
import { toCamelCase, toSnakeCase } from './weight-names.ts'

test.each([
  ['q_proj', 'qProj'],
  ['post_attention_layernorm', 'postAttentionLayernorm'],
  ['ln_1', 'ln_1'],
  ['ln_f', 'lnF'],
  ['c_attn', 'cAttn'],
  ['wte', 'wte'],
  ['w_2_out', 'w_2Out'],
])('%s on disk is %s in code, and back', (disk, code) => {
  expect(toCamelCase(disk)).toBe(code)
  expect(toSnakeCase(code)).toBe(disk)
})
