import { describe, expect, it } from 'vitest'
import { cleanUp, cleanUpStream } from './clean-up.ts'
import { readDecoder } from './read-decoder.ts'

/** Decodes at once and token by token; both must agree. */
function decode(json: unknown, tokens: string[]): string {
  const run = (syncs: boolean): string => {
    let text = ''
    const sink = {
      write(chunk: string) {
        text += chunk
      },
      sync() {},
      end() {},
    }
    const stream = readDecoder(json, 'decoder').open(sink, false)
    for (const token of tokens) {
      stream.write(token)
      if (syncs) stream.sync()
    }
    stream.end()
    return text
  }
  const whole = run(false)
  expect(run(true)).toBe(whole)
  return whole
}

const replaceMarks = { type: 'Replace', pattern: { String: '▁' }, content: ' ' }
const llama = {
  type: 'Sequence',
  decoders: [
    replaceMarks,
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    { type: 'Strip', content: ' ', start: 1, stop: 0 },
  ],
}

describe('decoders', () => {
  it('read byte-level tokens as UTF-8, and others as they are', () => {
    expect(decode({ type: 'ByteLevel' }, ['ĠÃ', '©', '<｜end｜>', 'Ã'])).toBe(' é<｜end｜>\ufffd')
    expect(decode({ type: 'ByteLevel' }, ['ï»¿a'])).toBe('\ufeffa')
  })

  it('undo SentencePiece: marks, byte tokens, one leading space', () => {
    expect(decode(llama, ['▁Hi', '▁', '<0xE2>', '<0x82>', '<0xAC>', '!'])).toBe('Hi €!')
    expect(decode(llama, ['▁', '▁a'])).toBe(' a')
    expect(decode(llama, ['▁'])).toBe('')
  })

  it('give one U+FFFD for every byte of a run that is not UTF-8', () => {
    const json = { type: 'ByteFallback' }
    expect(decode(json, ['<0xE2>', '<0x82>', '<0xAC>', '<0xFF>', 'a'])).toBe(
      '\ufffd'.repeat(4) + 'a',
    )
    expect(decode(json, ['<0xe2>', '<0x82>'])).toBe('\ufffd\ufffd')
    expect(decode(json, ['<0x-1>', '<0xZZ>', '<0x111>'])).toBe('<0x-1><0xZZ><0x111>')
  })

  it('strip tokens, or the whole text once fused', () => {
    const strip = { type: 'Strip', content: 'a', start: 1, stop: 2 }
    expect(decode(strip, ['aab', 'baaa', 'a', ''])).toBe('abba')
    const fused = { type: 'Sequence', decoders: [{ type: 'Fuse' }, strip] }
    expect(decode(fused, ['a', 'ab', 'a', 'a', 'a'])).toBe('aba')
    expect(decode({ type: 'Strip', content: 'x', start: 5, stop: 5 }, ['xx'])).toBe('')
  })

  it('replace in tokens, or across them once fused', () => {
    const replace = { type: 'Replace', pattern: { String: 'aab' }, content: '_' }
    expect(decode(replace, ['aa', 'b', 'aab'])).toBe('aab_')
    const fused = { type: 'Sequence', decoders: [{ type: 'Fuse' }, replace] }
    expect(decode(fused, ['aa', 'b', 'aaa', 'bc', 'aa'])).toBe('_a_caa')
    const regex = { type: 'Replace', pattern: { Regex: 'a+' }, content: '+' }
    expect(decode({ type: 'Sequence', decoders: [{ type: 'Fuse' }, regex] }, ['ba', 'ab'])).toBe(
      'b+b',
    )
  })

  it('turn marks to spaces, those of the first token to nothing', () => {
    const json = (prepend_scheme: string) => ({
      type: 'Metaspace',
      replacement: '▁',
      prepend_scheme,
    })
    expect(decode(json('always'), ['▁a▁', '▁b'])).toBe('a b')
    expect(decode(json('never'), ['▁a', '▁b'])).toBe(' a b')
  })

  it('join with spaces when there is no decoder', () => {
    expect(decode(null, ['a', 'b'])).toBe('a b')
  })

  it('name what they do not know', () => {
    expect(() => readDecoder({ type: 'Nope' }, 'd')).toThrow(
      'd: the decoder Nope is not supported yet',
    )
    expect(() => readDecoder({ type: 'Strip', content: ' ', start: -1, stop: 0 }, 'd')).toThrow(
      'd.start: must be a whole number of at least 0; got -1.',
    )
  })
})

describe('cleanUpStream', () => {
  it('equals cleanUp of the whole for any cut into chunks', () => {
    const words = [
      ' ',
      '.',
      '?',
      '!',
      ',',
      "'",
      'n',
      "n't",
      "'m",
      "'s",
      've',
      're',
      'a',
      'won',
      '漢',
    ]
    let seed = 1
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return (seed >>> 8) % below
    }
    for (let round = 0; round < 5000; round++) {
      const chunks = Array.from({ length: 1 + random(12) }, () => words[random(words.length)]!)
      let text = ''
      const stream = cleanUpStream({
        write(chunk) {
          text += chunk
        },
        sync() {},
        end() {},
      })
      for (const chunk of chunks) {
        stream.write(chunk)
        stream.sync()
      }
      stream.end()
      expect(text).toBe(cleanUp(chunks.join('')))
    }
  })
})
