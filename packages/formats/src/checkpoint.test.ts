import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HeddleError, tensor } from '@heddle/tensor'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCheckpoint, saveSafetensors } from './index.ts'
import { isShardName } from './shard-index.ts'

let root: string
let dir: string
let count = 0
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'heddle-checkpoint-'))
})
beforeEach(() => {
  dir = join(root, String(count++))
  mkdirSync(dir)
})
afterAll(() => rmSync(root, { recursive: true }))

async function shard(name: string, values: Record<string, number[]>, format = 'pt'): Promise<void> {
  const tensors = new Map(
    Object.entries(values).map(([key, data]) => [key, tensor(data, { dtype: 'f32' })]),
  )
  await saveSafetensors(join(dir, name), tensors, { format, name })
  for (const each of tensors.values()) each.dispose()
}

function index(content: unknown): void {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  writeFileSync(join(dir, 'model.safetensors.index.json'), text)
}

const first = 'model-00001-of-00002.safetensors'
const second = 'model-00002-of-00002.safetensors'

async function twoShards(): Promise<void> {
  await shard(first, { a: [1], b: [2, 3] })
  await shard(second, { c: [4] })
  index({ metadata: { total_size: 1 }, weight_map: { a: first, c: second, b: first } })
}

async function refusal(): Promise<HeddleError> {
  const error = await openCheckpoint(dir).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!HeddleError.isInstance(error)) throw error ?? new TypeError('accepted')
  expect(error.message).toMatch(/^[^;]+: .+; got .+\. .+[.?]$/s)
  return error
}

describe('openCheckpoint', () => {
  it('opens model.safetensors', async () => {
    await shard('model.safetensors', { a: [1, 2] })
    using checkpoint = await openCheckpoint(dir)
    expect(checkpoint.names).toEqual(['a'])
    expect(checkpoint.info('a')).toEqual({ dtype: 'f32', shape: [2], bytes: 8 })
    expect(checkpoint.metadata.get('format')).toBe('pt')
  })

  it.each([true, false])('opens shards behind one list of names (mmap: %s)', async (mmap) => {
    await twoShards()
    using checkpoint = await openCheckpoint(dir, { mmap })
    expect(checkpoint.names).toEqual(['a', 'c', 'b'])
    expect(checkpoint.info('c')).toEqual({ dtype: 'f32', shape: [1], bytes: 4 })
    // `name` differs from shard to shard
    expect([...checkpoint.metadata]).toEqual([['format', 'pt']])
    for (const [name, values] of [
      ['a', [1]],
      ['b', [2, 3]],
      ['c', [4]],
    ] as const) {
      const loaded = checkpoint.tensor(name)
      expect(await loaded.tolist()).toEqual(values)
      loaded.dispose()
    }
    expect(checkpoint.has('constructor')).toBe(false)
    expect(() => checkpoint.tensor('constructor')).toThrow(
      /must be one of its 3 names; got "constructor"/,
    )
    await checkpoint.check()
    await shard('new', { c: [5] })
    renameSync(join(dir, 'new'), join(dir, second))
    if (mmap) await expect(checkpoint.check()).rejects.toMatchObject({ code: 'ERR_FILE_CHANGED' })
  })

  it("follows the links of the Hub's cache", async () => {
    await twoShards()
    const snapshot = join(root, `snapshot${count}`)
    mkdirSync(snapshot)
    for (const name of [first, second, 'model.safetensors.index.json']) {
      symlinkSync(join('..', String(count - 1), name), join(snapshot, name))
    }
    using checkpoint = await openCheckpoint(snapshot)
    expect(checkpoint.names).toHaveLength(3)
  })

  it('takes __proto__ as a name', async () => {
    const tensors = new Map([['__proto__', tensor([7], { dtype: 'f32' })]])
    await saveSafetensors(join(dir, 'x.safetensors'), tensors)
    index('{"weight_map":{"__proto__":"x.safetensors"}}')
    using checkpoint = await openCheckpoint(dir)
    expect(checkpoint.names).toEqual(['__proto__'])
    const loaded = checkpoint.tensor('__proto__')
    expect(await loaded.tolist()).toEqual([7])
    loaded.dispose()
    tensors.get('__proto__')!.dispose()
  })

  it('says what was looked for when there are no weights', async () => {
    const empty = await refusal()
    expect(empty.code).toBe('ERR_CHECKPOINT_NOT_FOUND')
    expect(empty.message).toContain('must hold model.safetensors, or model.safetensors.index.json')
    writeFileSync(join(dir, 'other.safetensors'), '')
    expect((await refusal()).message).toContain(
      'only "other.safetensors". Open one file with openSafetensors',
    )
    for (const name of ['pytorch_model.bin', 'model.gguf', 'model.onnx'])
      writeFileSync(join(dir, name), '')
    expect((await refusal()).message).toContain(
      '"model.gguf", "model.onnx", "pytorch_model.bin", which a folder is not loaded from. A GGUF file loads by its own path',
    )
    dir = join(dir, 'none')
    expect((await refusal()).code).toBe('ERR_CHECKPOINT_NOT_FOUND')
  })

  it('names shards that are missing', async () => {
    await twoShards()
    rmSync(join(dir, second))
    const missing = await refusal()
    expect(missing.code).toBe('ERR_CHECKPOINT_MISSING_SHARD')
    expect(missing.details).toEqual({ missing: [second] })
    symlinkSync('nowhere', join(dir, second))
    expect((await refusal()).code).toBe('ERR_CHECKPOINT_MISSING_SHARD')
  })

  it('names tensors that index and shards disagree about', async () => {
    await twoShards()
    index({ weight_map: { a: first, b: first, c: second, d: second } })
    expect(await refusal()).toMatchObject({
      code: 'ERR_CHECKPOINT_MISMATCH',
      details: { absent: ['d'] },
    })
    index({ weight_map: { a: first, c: second } })
    expect(await refusal()).toMatchObject({
      code: 'ERR_CHECKPOINT_MISMATCH',
      details: { unlisted: ['b'] },
    })
    index({ weight_map: { a: second, b: first, c: second } })
    expect((await refusal()).details).toEqual({ absent: ['a'], misplaced: ['a'], unlisted: [] })
    await shard(second, { c: [4], a: [9] })
    index({ weight_map: { a: first, b: first, c: second } })
    expect(await refusal()).toMatchObject({
      code: 'ERR_CHECKPOINT_MISMATCH',
      details: { misplaced: ['a'] },
    })
  })

  it('refuses a shard of the set that the index does not name', async () => {
    await twoShards()
    index({ weight_map: { a: first, b: first } })
    expect(await refusal()).toMatchObject({
      code: 'ERR_CHECKPOINT_MISMATCH',
      details: { spare: [second] },
    })
    // another set beside it is nobody's business
    renameSync(join(dir, second), join(dir, 'consolidated.safetensors'))
    using checkpoint = await openCheckpoint(dir)
    expect(checkpoint.names).toEqual(['a', 'b'])
  })

  it.each([
    ['no object', '[]', 'ERR_FORMAT_INDEX'],
    ['no weight_map', '{}', 'ERR_FORMAT_INDEX'],
    ['a weight_map that is a list', '{"weight_map":[]}', 'ERR_FORMAT_INDEX'],
    ['an empty weight_map', '{"weight_map":{}}', 'ERR_FORMAT_INDEX'],
    ['a number as a file', '{"weight_map":{"a":1}}', 'ERR_FORMAT_INDEX'],
    [
      'one tensor in two shards',
      `{"weight_map":{"a":"${first}","a":"${second}"}}`,
      'ERR_FORMAT_JSON',
    ],
    [
      'itself as a shard',
      '{"weight_map":{"a":"model.safetensors.index.json"}}',
      'ERR_FORMAT_INDEX',
    ],
  ])('refuses an index with %s', async (_, text, code) => {
    await shard(first, { a: [1] })
    index(text)
    expect((await refusal()).code).toBe(code)
  })

  it('refuses more shards than any checkpoint has', async () => {
    const entries = Array.from({ length: 5000 }, (_, i) => [`t${i}`, `s${i}.safetensors`])
    index({ weight_map: Object.fromEntries(entries) })
    expect((await refusal()).message).toContain('at most 4096 files')
  })

  it('opens nothing outside the folder', async () => {
    writeFileSync(join(root, 'secret.safetensors'), 'secret')
    for (const name of escapes) {
      index({ weight_map: { a: name } })
      expect((await refusal()).code, JSON.stringify(name)).toBe('ERR_FORMAT_INDEX')
    }
    // plain names to us: nothing is decoded, so they are only missing
    for (const name of [
      '%2e%2e%2fsecret.safetensors',
      '\uff0e\uff0e\u2215secret.safetensors',
      '~.safetensors',
    ]) {
      index({ weight_map: { a: name } })
      expect((await refusal()).code, name).toBe('ERR_CHECKPOINT_MISSING_SHARD')
    }
    mkdirSync(join(dir, 'folder.safetensors'))
    index({ weight_map: { a: 'folder.safetensors' } })
    expect((await refusal()).code).toBe('ERR_FILE_KIND')
  })
})

const outside = ['secret.safetensors', 'a/secret.safetensors', 'etc/passwd']
const escapes = [
  ...[
    '../',
    '..\\',
    '/',
    '\\',
    './',
    '//',
    '\\\\host\\share\\',
    '\\\\?\\C:\\',
    'C:',
    'C:\\',
    'c:/',
    'a/../../',
  ].flatMap((start) => outside.map((name) => start + name)),
  ...[
    'file:',
    'file:///',
    'http://host/',
    '\u0000',
    'a\u0000',
    '.',
    '..',
    '...',
    '.\u0000/',
    'a:b',
    'a|',
    'a<',
    'a?',
    'a*',
    '"',
  ].flatMap((start) => outside.map((name) => start + name)),
  ...['\u202e', '\u200b', '\u2028', '\u0007', '\u007f', '\ufeff', '\n', '\t'].flatMap((mark) => [
    `${mark}x.safetensors`,
    `x${mark}.safetensors`,
    `x.safetensors${mark}`,
  ]),
  ...[
    '/proc/self/fd/3',
    '/proc/self/root/etc/passwd',
    '/dev/zero',
    'CON.safetensors',
    'nul.x.safetensors',
    'COM1.safetensors',
  ],
  ...[
    '',
    '.safetensors',
    '..safetensors',
    'model.bin',
    'model.safetensors ',
    'model.safetensors.',
    'model.safetensors/',
    'model.SAFETENSORS',
  ],
  `${'x'.repeat(256)}.safetensors`,
]

it('knows plain names from paths', () => {
  expect(new Set(escapes).size).toBeGreaterThanOrEqual(115)
  expect(escapes.filter(isShardName)).toEqual([])
  const plain = [
    first,
    'model.safetensors',
    'a..b.safetensors',
    '\u00e9 x.safetensors',
    '__proto__.safetensors',
  ]
  expect(plain.filter((name) => !isShardName(name))).toEqual([])
})
