import { expect, it } from 'vitest'
import { turnPath } from './turn-path.ts'

it('turns links that lead back', () => {
  // Pieces [0, 2), [2, 3) and [3, 6); the links of places between are of other paths.
  const from = Int32Array.of(-1, 0, 0, 2, 3, 4, 3)
  const ids = Int32Array.of(0, 90, 10, 20, 91, 92, 30)
  turnPath(from, ids, 6)
  const pieces = []
  for (let at = 0; at < 6; at = from[at]!) pieces.push([at, from[at], ids[at]])
  expect(pieces).toEqual([
    [0, 2, 10],
    [2, 3, 20],
    [3, 6, 30],
  ])
})
