import { expect, test } from 'vitest'
import { modelEntries, registrySource } from './models.mjs'

const define = (modelType: string, aliases = '') =>
  `export default defineModel({ modelType: '${modelType}', ${aliases} })`

test('lists model types and aliases by name, and no other file', () => {
  const entries = modelEntries({
    'b.ts': define('b', "aliases: ['a', 'c'],"),
    'rotary.ts': 'export class Rotary {}',
  })
  expect(entries).toEqual([
    ['a', 'b.ts'],
    ['b', 'b.ts'],
    ['c', 'b.ts'],
  ])
  expect(registrySource(entries)).toContain("  ['c', () => import('../b.ts')],\n")
})

test('refuses a name that is not the file, and one that is taken', () => {
  expect(() => modelEntries({ 'b.ts': define('c') })).toThrow('b.ts: the file name must be')
  const twice = { 'a.ts': define('a'), 'b.ts': define('b', "aliases: ['a']") }
  expect(() => modelEntries(twice)).toThrow("b.ts: 'a' is defined twice; also in a.ts.")
})
