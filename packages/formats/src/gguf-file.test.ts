import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dequantizeGGUF, HeddleError, memory, synchronize } from '@heddle/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ggufBytes, type TestFile, u64 } from './gguf-bytes-for-test.ts'
import { openGGUF } from './index.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-gguf-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
function write(bytes: Uint8Array, name = `${count++}.gguf`): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

async function codeOf(promise: Promise<{ dispose(): void }>): Promise<string> {
  try {
    ;(await promise).dispose()
    return 'accepted'
  } catch (error) {
    if (!HeddleError.isInstance(error)) throw error
    expect(error.message).toMatch(/^[^;]+: .+; got .+\. .+\.$/s)
    return error.code
  }
}
const open = (file: TestFile) => codeOf(openGGUF(write(ggufBytes(file))))

const f32 = (values: number[]): Uint8Array => new Uint8Array(new Float32Array(values).buffer)
const one = { name: 'a', dims: [2], data: f32([1, 2]) }

describe.each([true, false])('openGGUF with mmap: %s', (mmap) => {
  it('gives every type of metadata, and tensors of all kinds', async () => {
    const q8 = Uint8Array.of(0, 0x3c, ...Array.from({ length: 32 }, (_, i) => i))
    const path = write(
      ggufBytes({
        version: mmap ? 3 : 2,
        keys: [
          ['u8', ['u8', 200]],
          ['i8', ['i8', -3]],
          ['u16', ['u16', 65535]],
          ['i16', ['i16', -2]],
          ['u32', ['u32', 4e9]],
          ['i32', ['i32', -1]],
          ['f32', ['f32', 0.5]],
          ['f64', ['f64', 0.1]],
          ['yes', ['bool', true]],
          ['u64', ['u64', 2n ** 64n - 1n]],
          ['i64', ['i64', -5n]],
          ['text', ['string', 'd\u00e9j\u00e0']],
          ['texts', ['array', 'string', ['a', '', '\u{1f600}x', 'b'.repeat(40)]]],
          ['flags', ['array', 'bool', [true, false]]],
          ['floats', ['array', 'f32', [1.5, -2]]],
          ['longs', ['array', 'u64', [1n]]],
          ['none', ['array', 'i32', []]],
          ['__proto__', ['string', 'plain']],
        ],
        tensors: [
          { name: 'a', dims: [2, 3], data: f32([1, 2, 3, 4, 5, 6]) },
          { name: 'q', dims: [32, 1], type: 8, data: q8 },
          { name: 'h', dims: [2], type: 30, data: Uint8Array.of(0x80, 0x3f, 0x00, 0xc0) },
        ],
      }),
    )
    using file = await openGGUF(path, { mmap })
    expect(Object.fromEntries([...file.metadata].filter(([key]) => key !== '__proto__'))).toEqual({
      ...{ u8: 200, i8: -3, u16: 65535, i16: -2, u32: 4e9, i32: -1, f32: 0.5, f64: 0.1, yes: true },
      ...{ u64: 2n ** 64n - 1n, i64: -5, text: 'd\u00e9j\u00e0', flags: [true, false] },
      texts: ['a', '', '\u{1f600}x', 'b'.repeat(40)],
      floats: Float32Array.of(1.5, -2),
      longs: BigUint64Array.of(1n),
      none: new Int32Array(0),
    })
    expect(file.metadata.get('__proto__')).toBe('plain')
    expect(file.metadataTypes.get('u16')).toBe('u16')
    expect(file.names).toEqual(['a', 'q', 'h'])
    expect(file.info('a')).toMatchObject({ type: 'F32', shape: [3, 2], bytes: 24 })
    expect(file.info('q')).toMatchObject({ type: 'Q8_0', shape: [1, 32], bytes: 34 })
    const a = file.tensor('a')
    const h = file.tensor('h')
    const q = file.packed('q')
    expect(() => file.tensor('q')).toThrow(/a plain type; got Q8_0/)
    expect(() => file.info('toString')).toThrow(
      expect.objectContaining({ code: 'ERR_TENSOR_NOT_FOUND' }),
    )
    file.dispose() // tensors keep the memory they stand in
    expect(await a.tolist()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    expect(await h.tolist()).toEqual([1, -2])
    const values = dequantizeGGUF(q, { type: 'Q8_0', shape: [32] })
    expect(await values.tolist()).toEqual(Array.from({ length: 32 }, (_, i) => i))
    for (const tensor of [a, h, q, values]) tensor.dispose()
  })
})

describe('openGGUF', () => {
  it('takes files without tensors, with another alignment, and with or without the last gap', async () => {
    expect(await open({})).toBe('accepted')
    expect(await open({ keys: [['k', ['u8', 1]]] })).toBe('accepted')
    for (const tail of [0, 24]) expect(await open({ tensors: [one], tail })).toBe('accepted')
    const alignment = 64
    const keys = [['general.alignment', ['u32', alignment]]] as const
    expect(await open({ keys, alignment, tensors: [one, { ...one, name: 'b' }] })).toBe('accepted')
  })

  it('refuses a file cut anywhere, and leaves nothing open', async () => {
    const whole = ggufBytes({
      keys: [
        ['name', ['string', 'x']],
        ['list', ['array', 'string', ['ab', 'c']]],
        ['numbers', ['array', 'f32', [1, 2]]],
      ],
      tensors: [one, { ...one, name: 'b' }],
    })
    const before = { ...memory(), fds: readdirSync('/proc/self/fd').length }
    for (let size = 0; size < whole.length; size++) {
      expect(await codeOf(openGGUF(write(whole.subarray(0, size), 'cut.gguf')))).toBe(
        'ERR_FORMAT_TRUNCATED',
      )
    }
    await synchronize()
    expect(memory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes })
    expect(readdirSync('/proc/self/fd').length).toBe(before.fds)
  })

  it('survives any byte and any number of the header changed: refused by a code, or read', async () => {
    const keys = [
      ['general.alignment', ['u32', 32]],
      ['list', ['array', 'string', ['ab', 'c']]],
      ['numbers', ['array', 'u64', [1n, 2n]]],
      ['flag', ['bool', true]],
    ] as const
    const whole = ggufBytes({ keys, tensors: [one, { ...one, name: 'b' }] })
    let refused = 0
    const attempt = async (at: number, bytes: Uint8Array) => {
      const changed = Uint8Array.from(whole)
      changed.set(bytes.subarray(0, whole.length - at), at)
      const code = await codeOf(openGGUF(write(changed, 'changed.gguf')))
      expect(code).toMatch(/^(accepted|ERR_FORMAT_[A-Z0-9_]+)$/)
      if (code !== 'accepted') refused++
    }
    const numbers = [0n, 1n, -1n, 2n ** 31n, 2n ** 32n + 1n, 2n ** 53n + 1n, 2n ** 63n]
    for (let at = 0; at < whole.length - 64; at++) {
      for (const change of [0x01, 0x80, 0xff]) await attempt(at, Uint8Array.of(whole[at]! ^ change))
      for (const number of numbers) await attempt(at, u64(number))
    }
    expect(refused).toBeGreaterThan(2000)
  })

  it('opens a split file by its first part, and says what is wrong with the parts', async () => {
    const part = (no: number, of: number, names: string[], total = 2) =>
      ggufBytes({
        keys: [
          ['split.no', ['u16', no]],
          ['split.count', ['u16', of]],
          ['split.tensors.count', ['i32', total]],
        ],
        tensors: names.map((name) => ({ ...one, name })),
      })
    const first = write(part(0, 2, ['a']), 'm-00001-of-00002.gguf')
    expect(await codeOf(openGGUF(first))).toBe('ERR_CHECKPOINT_MISSING_SHARD')
    const second = write(part(1, 2, ['b']), 'm-00002-of-00002.gguf')
    using file = await openGGUF(first)
    expect(file.names).toEqual(['a', 'b'])
    const b = file.tensor('b')
    expect(await b.tolist()).toEqual([1, 2])
    b.dispose()
    await file.check()
    expect(await codeOf(openGGUF(second))).toBe('ERR_FORMAT_SPLIT')
    write(part(1, 2, ['a']), 'm-00002-of-00002.gguf')
    expect(await codeOf(openGGUF(first))).toBe('ERR_FORMAT_DUPLICATE')
    write(part(0, 2, ['b']), 'm-00002-of-00002.gguf')
    expect(await codeOf(openGGUF(first))).toBe('ERR_FORMAT_SPLIT')
    write(part(1, 2, ['b', 'c']), 'm-00002-of-00002.gguf')
    expect(await codeOf(openGGUF(first))).toBe('ERR_FORMAT_SPLIT')
    expect(await codeOf(openGGUF(write(part(0, 65535, ['a']))))).toBe('ERR_FORMAT_SPLIT')
    expect(await codeOf(openGGUF(write(part(0, 2, ['a']), 'other.gguf')))).toBe('ERR_FORMAT_SPLIT')
    expect(await codeOf(openGGUF(write(part(0, 0, ['a'], 1))))).toBe('accepted')
  })

  it('reads 200,000 tokens and as many merges quickly', async () => {
    const tokens = Array.from({ length: 200_000 }, (_, i) => `\u0120token${i}`)
    const path = write(
      ggufBytes({
        keys: [
          ['tokenizer.ggml.tokens', ['array', 'string', tokens]],
          ['tokenizer.ggml.merges', ['array', 'string', tokens.map((t) => `${t} ${t}`)]],
          ['tokenizer.ggml.token_type', ['array', 'i32', tokens.map(() => 1)]],
        ],
      }),
    )
    const start = performance.now()
    using file = await openGGUF(path)
    const milliseconds = performance.now() - start
    expect(file.metadata.get('tokenizer.ggml.tokens')).toEqual(tokens)
    expect(milliseconds).toBeLessThan(1000) // about 60 on an idle machine
  })

  it('refuses more keys than a file may have, in linear time', async () => {
    const keys = Array.from({ length: 65_537 }, (_, i) => {
      return [`${'long.prefix.'.repeat(4)}${i}`, ['u8', 1]] as const
    })
    expect(await open({ keys })).toBe('ERR_FORMAT_LIMIT')
    expect(await open({ keys: keys.slice(1) })).toBe('accepted')
  })

  it('refuses folders and paths to nothing', async () => {
    expect(await codeOf(openGGUF(folder))).toBe('ERR_FILE_KIND')
    expect(await codeOf(openGGUF(join(folder, 'nothing.gguf')))).toBe('ERR_FILE_NOT_FOUND')
  })
})
