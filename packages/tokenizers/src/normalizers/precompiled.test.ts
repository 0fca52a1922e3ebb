import { describe, expect, it } from 'vitest'
import { alignedText } from '../aligned-text.ts'
import { TokenizerError } from '../errors.ts'
import { readNormalizer } from './read-normalizer.ts'

/** Compiles rules as SentencePiece stores them, each node of the trie with 256 units of its own. */
function compileRules(rules: Readonly<Record<string, string>>): Uint8Array {
  const encoder = new TextEncoder()
  const units: number[] = [0]
  const texts: number[] = []
  const newBlock = () => {
    const start = Math.max(256, units.length)
    for (let i = units.length; i < start + 256; i++) units.push(0)
    return start
  }
  const point = (unit: number, block: number) => {
    units[unit]! |= (unit ^ block) << 10
  }
  const root = newBlock()
  point(0, root)
  for (const [from, to] of Object.entries(rules)) {
    let block = root
    let unit = 0
    for (const byte of encoder.encode(from)) {
      unit = block ^ byte
      if (units[unit] === 0) {
        units[unit] = byte
        point(unit, newBlock())
      }
      block = unit ^ (units[unit]! >>> 10)
    }
    units[unit]! |= 0x100
    units[block] = (0x80000000 | texts.length) >>> 0
    texts.push(...encoder.encode(to), 0)
  }
  const bytes = new Uint8Array(4 + units.length * 4 + texts.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, units.length * 4, true)
  units.forEach((unit, i) => view.setUint32(4 + 4 * i, unit, true))
  bytes.set(texts, 4 + units.length * 4)
  return bytes
}

const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))
const read = (bytes: Uint8Array) =>
  readNormalizer({ type: 'Precompiled', precompiled_charsmap: base64(bytes) }, 'n')!

const bytes = compileRules({
  '\ufb01': 'fi',
  '\u00ad': '',
  A: 'a',
  'e\u0301': '\u00e9',
  '\r\n': ' ',
  '\u05e9\u05c1': 'S',
  '\uff21': 'A',
})

describe('Precompiled', () => {
  it('replaces characters and short clusters', () => {
    const normalizer = read(bytes)
    const normalize = (text: string) => normalizer.normalize(text)
    expect(normalize('A\ufb01 e\u0301\r\n\uff21x')).toBe('afi \u00e9 Ax')
    expect(normalize('\u05e9\u05c1\u05b8')).toBe('\u05e9\u05c1\u05b8') // six bytes
    expect(normalize('\u05e9\u05c1')).toBe('S')
    expect(normalize('plain')).toBe('plain')
    expect(normalize('')).toBe('')
  })

  it('takes the first rule that a cluster begins with for all of it', () => {
    expect(read(bytes).normalize('A\u0301x')).toBe('ax')
    // A cluster of six bytes and more is taken apart.
    expect(read(bytes).normalize('A\u0301\u0301\u0301x')).toBe('a\u0301\u0301\u0301x')
  })

  it('says where characters come from, shifted by what vanished first as in the reference', () => {
    const spans = (text: string) => {
      const { text: written, starts, ends } = read(bytes).align(alignedText(text))
      return [...written].map((character, i) => `${character}${starts[i]}-${ends[i]}`).join(' ')
    }
    expect(spans('x\ufb01A')).toBe('x0-1 f1-2 i1-2 a2-3')
    expect(spans('xe\u0301y')).toBe('x0-1 \u00e91-2 y3-4')
    expect(spans('x\u00ady')).toBe('x0-1 y2-3')
    expect(spans('\u00adxy')).toBe('x0-1 y1-2')
    expect(spans('xyz')).toBe('x0-1 y1-2 z2-3')
  })

  it('writes what it read', () => {
    expect(read(bytes).toJSON()).toEqual({
      type: 'Precompiled',
      precompiled_charsmap: base64(bytes),
    })
  })

  const changed = (change: (view: DataView) => void) => {
    const copy = bytes.slice()
    change(new DataView(copy.buffer))
    return copy
  }
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a size beyond the end', changed((view) => view.setUint32(0, 1 << 30, true))],
    ['a size that is no multiple of 4', changed((view) => view.setUint32(0, 7, true))],
    ['no trie', changed((view) => view.setUint32(0, 0, true))],
    ['a root that points outside', changed((view) => view.setUint32(4, (1 << 20) << 10, true))],
    [
      'a node that points outside',
      changed((view) => view.setUint32(4 + 4 * (256 ^ 65), 0x7ffffc00 | 65, true)),
    ],
    ['texts that are not UTF-8', Uint8Array.from([...bytes, 0xff])],
    [
      'a value beyond the texts',
      changed((view) => {
        for (let at = 4; at < view.byteLength - 4; at += 4) {
          const unit = view.getUint32(at, true)
          if (unit >>> 31 === 1) view.setUint32(at, 0x800fffff, true)
        }
      }),
    ],
  ])('refuses %s', (_, bad) => {
    expect(() => read(bad)).toThrow(TokenizerError)
    expect(() => read(bad)).toThrow('n.precompiled_charsmap: must be')
  })

  it('refuses replacements without end, and what is not base64', () => {
    const endless = compileRules({ a: 'x'.repeat(2000) })
    expect(() => read(endless)).toThrow('may be 1024 bytes long at most')
    const text = { type: 'Precompiled', precompiled_charsmap: '***' }
    expect(() => readNormalizer(text, 'n')).toThrow('must be base64 text')
    const nothing = { type: 'Precompiled', precompiled_charsmap: null }
    expect(() => readNormalizer(nothing, 'n')).toThrow('must be a string')
  })
})
