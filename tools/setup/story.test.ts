import { expect, it } from 'vitest'
import { missingDefaults } from './story.mjs'

it('fills in what the caller did not say, whatever way it was said', () => {
  const all = missingDefaults([])
  expect(all).toContain('--prompt')
  expect(missingDefaults(['--prompt', 'A robot', '-n50', '--top-p=1'])).toEqual([
    '--temperature',
    '0.7',
  ])
  expect(missingDefaults(['-p', 'A robot'])).not.toContain('--prompt')
  expect(missingDefaults(['--seed', '7'])).toEqual(all)
})
