import { expect, it } from 'vitest'
import { changedFiles } from './generate-all.mjs'

it('names files that were changed, added or removed', () => {
  const before = new Map([
    ['same', '1'],
    ['changed', '1'],
    ['removed', '1'],
  ])
  const after = new Map([
    ['same', '1'],
    ['changed', '2'],
    ['added', '1'],
  ])
  expect(changedFiles(before, after)).toEqual(['added', 'changed', 'removed'])
})
