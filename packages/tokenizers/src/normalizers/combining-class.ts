// JavaScript does not tell a mark's canonical combining class, but it sorts marks by it: comparing a mark with one
// known mark of each class places it.
import { laterNormalized } from '../unicode-history.ts'

// One mark of every class, in the order of the classes.
const known = [
  0x334, 0x93c, 0x3099, 0x94d, 0x5b0, 0x5b1, 0x5b2, 0x5b3, 0x5b4, 0x5b5, 0x5b6, 0x5b7, 0x5b8, 0x5b9,
  0x5bb, 0x5bc, 0x5bd, 0x5bf, 0x5c1, 0x5c2, 0xfb1e, 0x64b, 0x64c, 0x64d, 0x618, 0x619, 0x61a, 0x651,
  0x652, 0x670, 0x711, 0xc55, 0xc56, 0xe38, 0xe48, 0xeb8, 0xec8, 0xf71, 0xf72, 0xf74, 0x321, 0x1dce,
  0x31b, 0x302a, 0x316, 0x59a, 0x302e, 0x1d16d, 0x5ae, 0x301, 0x315, 0x35c, 0x35d, 0x345,
].map((code) => String.fromCodePoint(code))

const mayCombine = /[\p{M}\uff9e\uff9f]/u
const later = new RegExp(laterNormalized, 'v')
const classes = new Map<number, number>()

/**
 * The rank of a character's canonical combining class among all classes of Unicode 9; 0 for starters. The character
 * must be one that no normalization form changes.
 */
export function combiningClass(code: number): number {
  if (code < 0x300) return 0
  let found = classes.get(code)
  if (found === undefined) classes.set(code, (found = findClass(String.fromCodePoint(code))))
  return found
}

function findClass(character: string): number {
  if (!mayCombine.test(character) || later.test(character)) return 0
  const moves = movesBefore(known.at(-1)!, character) || movesBefore(character, known[0]!)
  if (!moves) return 0
  let low = 0
  let high = known.length - 1
  // The last known mark that does not have to stand behind the character.
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (movesBefore(known[middle]!, character)) high = middle - 1
    else low = middle
  }
  return low + 1
}

/** True when normalization puts the second of two marks before the first. */
function movesBefore(first: string, second: string): boolean {
  const both = first + second
  return both.normalize('NFD') !== both
}
