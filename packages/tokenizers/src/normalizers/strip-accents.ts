import { removeMatches } from '../aligned-text.ts'
import { marks } from '../unicode-history.ts'
import type { Normalizer } from './normalizer.ts'

/** Removes all combining marks; accents that are part of a letter stay. */
export function stripAccents(): Normalizer {
  const mark = new RegExp(`${marks}+`, 'gv')
  return {
    normalize: (text) => text.replaceAll(mark, ''),
    align: (text) => removeMatches(text, mark),
    toJSON: () => ({ type: 'StripAccents' }),
  }
}
