import { describe, expect, it } from 'vitest'
import { characterOfByte } from './byte-alphabet.ts'
import { Pipeline } from './pipeline.ts'
import { StreamDecoder } from './stream-decoder.ts'
import { isWellFormed } from './unicode.ts'

function pipelineOf(tokens: string[], decoder: object): Pipeline {
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]))
  return new Pipeline({ version: '1.0', decoder, model: { type: 'BPE', vocab, merges: [] } })
}

const streamOf = (pipeline: Pipeline) =>
  new StreamDecoder((emit) => pipeline.openDecoder({ write: emit, sync() {}, end() {} }, 'none'))

const bytes = Array.from({ length: 256 }, (_, byte) => byte)
const hex = bytes.map((byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)
const alphabet = bytes.map((byte) => String.fromCharCode(characterOfByte[byte]!))

describe('StreamDecoder', () => {
  const byteLevel = pipelineOf(alphabet, { type: 'ByteLevel' })
  const fallback = pipelineOf([...hex, 'a'], {
    type: 'Sequence',
    decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }],
  })

  it('holds a character back until it is whole', () => {
    for (const pipeline of [byteLevel, fallback]) {
      const stream = streamOf(pipeline)
      const pushed = [...new TextEncoder().encode('a\u20ac\u{1f642}')].map((id) => stream.push(id))
      expect(pushed).toEqual(['a', '', '', '\u20ac', '', '', '', '\u{1f642}'])
      expect(stream.flush()).toBe('')
    }
  })

  it('holds what may yet become a character, and the text before it', () => {
    const stream = streamOf(byteLevel)
    expect(stream.push([0x61, 0xe2])).toBe('')
    expect(stream.push(0x61)).toBe('a\ufffda')
    expect(stream.push(0xe2)).toBe('')
    expect(stream.flush()).toBe('\ufffd')
    expect(stream.push(0x61)).toBe('a')
  })

  it('goes on where bytes that were text turn out not to be', () => {
    const stream = streamOf(fallback)
    expect([0x41, 0x80, 256].map((id) => stream.push(id))).toEqual(['A', '', '\ufffda'])
  })

  it('gives what decode gives, however the ids of a text are cut', () => {
    const text = 'a\u00e9\u20ac\u{1f642}\n\u{10ffff} b'
    const ids = [...new TextEncoder().encode(text)]
    for (const pipeline of [byteLevel, fallback]) {
      expect(pipeline.decode(ids, 'none')).toBe(text)
      for (let at = 0; at <= ids.length; at++) {
        const stream = streamOf(pipeline)
        const parts = [stream.push(ids.slice(0, at)), stream.push(ids.slice(at)), stream.flush()]
        expect(parts.join('')).toBe(text)
        for (const part of parts) expect(isWellFormed(part)).toBe(true)
      }
    }
  })

  it('takes no longer for each id the longer it holds', () => {
    const stream = streamOf(fallback)
    const before = process.cpuUsage()
    for (let i = 0; i < 200_000; i++) stream.push(0xff)
    expect(stream.push(256).length).toBe(200_001)
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2)
  })
})
