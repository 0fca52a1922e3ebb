import { describe, expect, it } from 'vitest'
import { cleanUp, cleanUpStream } from './clean-up.ts'
import { readDecoder } from './read-decoder.ts'

/** Decodes at once or, with `syncs`, token by token. */
function run(json: unknown, tokens: string[], syncs: boolean): string {
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

/** Decodes at once and token by token; both must agree. */
function decode(json: unknown, tokens: string[]): string {
  const whole = run(json, tokens, false)
  expect(run(json, tokens, true)).toBe(whole)
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
    const broken = ['<0xE2>', '<0x82>', '<0xAC>', '<0xFF>', 'a']
    expect(run(json, broken, false)).toBe('\ufffd'.repeat(4) + 'a')
    // What was passed on as text stays text.
    expect(run(json, broken, true)).toBe('\u20ac\ufffda')
    expect(decode(json, ['<0xFF>', '<0xE2>', '<0x82>', '<0xAC>', 'a'])).toBe(
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

  it('join WordPiece tokens and tidy each by itself', () => {
    const json = (cleanup: boolean) => ({ type: 'WordPiece', prefix: '##', cleanup })
    expect(decode(json(true), ['##a', '##b', 'c', '.', "'s"])).toBe("##ab c.'s")
    expect(decode(json(false), ['a', '##b', '.'])).toBe('ab .')
    expect(decode(json(true), ['do', 'not', 'I do not'])).toBe("do not I don't")
    const fused = { type: 'Sequence', decoders: [{ type: 'Fuse' }, json(true)] }
    expect(decode(fused, ['a', ' ', '.', '##b'])).toBe('a.##b')
  })

  it('end words at the suffix, but not the text', () => {
    const json = { type: 'BPEDecoder', suffix: '</w>' }
    expect(decode(json, ['a', 'b</w>', 'c</w>d', 'e</w>'])).toBe('ab c de')
    expect(decode(json, [])).toBe('')
    const fused = { type: 'Sequence', decoders: [{ type: 'Fuse' }, json] }
    expect(decode(fused, ['a</', 'w>b', '</w'])).toBe('ab</w')
    const before = { type: 'Sequence', decoders: [json, { type: 'ByteFallback' }] }
    expect(decode(before, ['<0x</w>41>', '<0x41></w>', 'b', '<0x41></w>'])).toBe('<0x 41><0x41> bA')
    expect(decode({ type: 'BPEDecoder', suffix: '' }, ['\u{1f642}a', 'b'])).toBe(' \u{1f642} a b')
  })

  it('take equal frames for one and drop padding', () => {
    const json = (cleanup: boolean) => ({
      type: 'CTC',
      pad_token: '<pad>',
      word_delimiter_token: '|',
      cleanup,
    })
    const frames = ['a', 'a', '<pad>', 'a', '|', '|', 'b<pad>', ' .']
    expect(decode(json(true), frames)).toBe('aa b.')
    expect(decode(json(false), frames)).toBe('aa|b .')
  })

  it('say when tokens end within a character', () => {
    const sink = { write() {}, sync() {}, end() {} }
    const ends = (json: unknown, token: string) => {
      const stream = readDecoder(json, 'd').open(sink, false)
      stream.write(token)
      return stream.sync() !== false
    }
    expect(
      ['a', '\u00c3', '\u00c3\u00a9', '\u00f0\u0141\u013b'].map((token) =>
        ends({ type: 'ByteLevel' }, token),
      ),
    ).toEqual([true, false, true, false])
    expect(['a', '<0xC3>', '<0x41>'].map((token) => ends(llama, token))).toEqual([
      true,
      false,
      true,
    ])
  })

  it.each([
    { type: 'WordPiece', prefix: '##', cleanup: true },
    { type: 'BPEDecoder', suffix: '</w>' },
    { type: 'CTC', pad_token: '<pad>', word_delimiter_token: '|', cleanup: true },
    { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    { type: 'Metaspace', replacement: '_', prepend_scheme: 'first', split: true },
    llama,
  ])('keep their JSON: %j', (json) => {
    expect(readDecoder(json, 'd').toJSON()).toEqual(json)
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
