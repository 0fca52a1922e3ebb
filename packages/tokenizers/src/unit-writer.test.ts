import { describe, expect, it } from 'vitest'
import { replaceUnit, UnitWriter } from './unit-writer.ts'

describe('UnitWriter', () => {
  it('keeps characters whole where its memory ends', () => {
    for (const before of ['', 'a', '\ufeff']) {
      const text = before + '\u{1f600}é\u4e00\0'.repeat(30_000)
      const writer = new UnitWriter(3)
      writer.copy(`-${text}-`, 1, text.length + 1)
      expect(writer.finish() === text).toBe(true)
    }
    expect(new UnitWriter(0).finish()).toBe('')
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
