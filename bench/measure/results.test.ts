import { expect, it } from 'vitest'
import { replaceSection } from './results.mjs'

it('adds a section and replaces it without touching the others', () => {
  const first = replaceSection('', 'soak', 'flat')
  const both = replaceSection(first, 'lm', 'slow')
  expect(both.indexOf('## lm')).toBeLessThan(both.indexOf('## soak'))
  const again = replaceSection(both, 'lm', 'fast')
  expect(again).toBe(both.replace('slow', 'fast'))
})
