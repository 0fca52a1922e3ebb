import { expect, it } from 'vitest'
import { sortInTurns } from './sort-in-turns.ts'

it.each([0, 1, 4096, 4097, 50_000])('sorts %i items as Array.sort', async (size) => {
  const list = Array.from({ length: size }, (_, i) => ({ key: (i * 7919) % 1009, i }))
  const compare = (a: { key: number }, b: { key: number }) => a.key - b.key
  let rests = 0
  const rest = async () => {
    rests++
  }
  expect(await sortInTurns(list, compare, rest)).toEqual([...list].sort(compare))
  expect(rests).toBeGreaterThanOrEqual(Math.floor(size / 4096))
})
