import { describe, expect, it } from 'vitest'
import { renderTemplate } from '../render-template.ts'
import { Float } from './values.ts'

const show = (value: unknown) => renderTemplate('{{ v }}', { v: value })

describe('data of JavaScript', () => {
  it('has ints and floats', () => {
    expect(show([1, 1.5, -0, 2 ** 60, 10n ** 20n, new Float(1), NaN])).toBe(
      '[1, 1.5, 0, 1.152921504606847e+18, 100000000000000000000, 1.0, nan]',
    )
  })

  it('keeps null, leaves out undefined', () => {
    expect(show({ a: null, b: undefined, c: [undefined] })).toBe("{'a': None, 'c': [None]}")
    expect(renderTemplate('{{ v is defined }}', { v: undefined })).toBe('False')
  })

  it('is plain: objects of classes lose their methods, other things are named', () => {
    class Point {
      x = 1
      get y() {
        return 2
      }
      method() {}
    }
    expect(show([new Point(), new Map([['k', 1]]), Object.create(null)])).toBe(
      "[{'x': 1}, {'k': 1}, {}]",
    )
    expect(show([() => 1, new Uint8Array(2), /x/, new Set([1]), Symbol('s')])).toBe(
      "['<function>', '<Uint8Array>', '<RegExp>', '<Set>', '<symbol>']",
    )
    expect(show(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
  })

  it('may not nest without end', () => {
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => show(cycle)).toThrow(expect.objectContaining({ code: 'ERR_TEMPLATE_INPUT' }))
  })

  it('is copied', () => {
    const messages = [{ role: 'user' }]
    renderTemplate('{% set m = messages[0] %}{% set m = 1 %}', { messages })
    expect(messages).toEqual([{ role: 'user' }])
  })
})
