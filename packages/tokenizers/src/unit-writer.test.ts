import { describe, expect, it } from 'vitest'
import { replaceUnit, UnitWriter } from './unit-writer.ts'

describe('UnitWriter', () => {
  it('keeps characters whole where its memory ends', () => {
    for (const before of ['', 'a', '\ufeff']) {
      const text = before + '\u{1f600}é\u4e00\0'.repeat(30_000)
      const writer = new UnitWriter()
      writer.copy(`-${text}-`, 1, text.length + 1)
      expect(writer.size).toBe(text.length)
      expect(writer.finish() === text).toBe(true)
    }
    expect(new UnitWriter().finish()).toBe('')
  })

  it('lets several write at once', () => {
    const writers = ['a', 'b', 'c'].map((text) => [text, new UnitWriter()] as const)
    for (const [text, writer] of writers) writer.copy(text, 0, 1)
    for (const [text, writer] of writers) expect(writer.finish()).toBe(text)
  })
})

describe('replaceUnit', () => {
  it('replaces in short texts and long ones', () => {
    for (const times of [0, 1, 20, 20_000]) {
      const text = ' a \u{1f600}$&'.repeat(times)
      expect(replaceUnit(text, ' ', '\u2581') === text.split(' ').join('\u2581')).toBe(true)
      expect(replaceUnit(text, 'b', '$')).toBe(text)
    }
  })
})
