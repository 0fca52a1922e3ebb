import { expect, it } from 'vitest'
import { compareCodePoints } from './code-point-order.ts'

it('orders texts as their UTF-8 bytes', () => {
  const texts = [
    'b',
    '\u{1f600}',
    '',
    'ab',
    '\uffff',
    'a',
    '\ud7ff',
    '\u{1f600}a',
    '\ue000',
    '\u{10000}',
  ]
  const encoder = new TextEncoder()
  const hex = (text: string) =>
    [...encoder.encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const want = [...texts].sort((a, b) => (hex(a) < hex(b) ? -1 : 1))
  expect([...texts].sort(compareCodePoints)).toEqual(want)
  // UTF-16 units order otherwise.
  expect([...texts].sort()).not.toEqual(want)
})
