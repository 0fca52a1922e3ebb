import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Pipeline } from '../pipeline.ts'
import { readTokenizerJson } from './read-tokenizer-json.ts'
import { readCachedTokenizerJson } from './tokenizer-cache.ts'

const vocab: Record<string, number> = { a: 0, b: 1, é: 2, '<unk>': 3 }
const merges: [string, string][] = [['a', 'b']]
vocab.ab = 4
for (let size = 2; size < 1200; size++) {
  vocab['a'.repeat(size)] = size + 5
  merges.push(['a'.repeat(size - 1), 'a'])
}
const json = (unkToken: string) =>
  new TextEncoder().encode(
    JSON.stringify({
      added_tokens: [],
      normalizer: { type: 'Prepend', prepend: 'é' },
      model: { type: 'BPE', vocab, merges, unk_token: unkToken },
    }),
  )
const bytes = json('<unk>')

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'tokenizer-cache-')), 'a', 'b')
})
afterEach(() => rm(join(folder, '..', '..'), { recursive: true, force: true }))

const encode = (value: unknown, text = 'aaaabxaé') => new Pipeline(value).encode(text)
const read = (file: Uint8Array, cache: string | boolean = folder) =>
  readCachedTokenizerJson(file, 'file', cache)
const names = () => readdir(folder).catch(() => [])
const isFromCache = (value: unknown) =>
  (value as { model: { vocab: { arrays: { bytes: Uint8Array } } } }).model.vocab.arrays.bytes
    .byteOffset > 0

describe('readCachedTokenizerJson', () => {
  it('gives the second time what it gave the first time', async () => {
    expect(bytes.length).toBeGreaterThan(1 << 20)
    const first = await read(bytes)
    const [name, ...more] = await names()
    expect(more).toEqual([])
    expect(name).toMatch(/^[0-9a-f]{64}-v\d+\.tokenizer$/)
    const second = await read(bytes)
    expect([isFromCache(first), isFromCache(second)]).toEqual([false, true])
    const plain = readTokenizerJson(bytes, 'file')
    expect(encode(second)).toEqual(encode(plain))
    expect(new Pipeline(second).toJSON()).toEqual(new Pipeline(plain).toJSON())
  })

  it('knows one file from another', async () => {
    await read(bytes)
    const other = json('a')
    expect(isFromCache(await read(other))).toBe(false)
    expect(encode(await read(other))).toEqual(encode(readTokenizerJson(other, 'file')))
    expect((await names()).length).toBe(2)
  })

  it('writes a file anew that is cut, changed or another', async () => {
    await read(bytes)
    const path = join(folder, (await names())[0]!)
    const whole = await readFile(path)
    // Every byte of the header, and some of each section.
    const places = [
      ...Array.from({ length: 43 }, (_, i) => 3 * i),
      200,
      whole.length >> 2,
      whole.length >> 1,
      whole.length - 1,
    ]
    const damaged = places.map((at) => {
      const copy = Buffer.from(whole)
      copy[at]! ^= 0x10
      return copy
    })
    const zeros = Buffer.alloc(whole.length)
    for (const file of [
      ...damaged,
      whole.subarray(0, -1),
      whole.subarray(0, 40),
      Buffer.alloc(0),
      zeros,
    ]) {
      await writeFile(path, file)
      expect(isFromCache(await read(bytes))).toBe(false)
      expect(isFromCache(await read(bytes))).toBe(true)
    }
  })

  it('does without a cache that it may not have', async () => {
    const wanted = encode(readTokenizerJson(bytes, 'file'))
    expect(encode(await read(bytes, false))).toEqual(wanted)
    expect(await names()).toEqual([])
    await mkdir(join(folder, '..'), { recursive: true })
    await writeFile(folder, 'not a folder')
    expect(encode(await read(bytes))).toEqual(wanted)
    await rm(folder)
    await mkdir(folder)
    await chmod(folder, 0o500)
    expect(encode(await read(bytes))).toEqual(wanted)
    await chmod(folder, 0o700)
  })

  it('takes its folder from the environment', async () => {
    const before = process.env.HEDDLE_CACHE
    try {
      process.env.HEDDLE_CACHE = join(folder, '..')
      await read(bytes, true)
      expect((await readdir(join(folder, '..', 'tokenizers'))).length).toBe(1)
      process.env.HEDDLE_CACHE = ''
      expect(isFromCache(await read(bytes, true))).toBe(false)
    } finally {
      if (before === undefined) delete process.env.HEDDLE_CACHE
      else process.env.HEDDLE_CACHE = before
    }
  })

  it('keeps the newest files alone', async () => {
    await mkdir(folder, { recursive: true })
    for (let i = 0; i < 40; i++) {
      await writeFile(join(folder, `${i}.tokenizer`), '')
      await utimes(join(folder, `${i}.tokenizer`), i, i)
    }
    await writeFile(join(folder, 'of someone else'), '')
    await read(bytes)
    const left = await names()
    expect(left.length).toBe(33)
    expect(left).toContain('39.tokenizer')
    expect(left).not.toContain('8.tokenizer')
    expect(left).toContain('of someone else')
  })

  it('leaves small files and mistakes alone', async () => {
    const small = new TextEncoder().encode('{"model":{"type":"BPE","vocab":{},"merges":[]}}')
    await read(small)
    await expect(read(bytes.subarray(0, -1))).rejects.toThrow('must be valid JSON')
    expect(await names()).toEqual([])
  })
})
