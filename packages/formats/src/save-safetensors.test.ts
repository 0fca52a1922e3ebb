import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DType,
  dtypes,
  fromBytes,
  memory,
  scope,
  synchronize,
  tensor,
  type Tensor,
} from '@heddle/tensor'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openSafetensors, saveSafetensors } from './index.ts'
import { bytesOf } from './safetensors-dtype.ts'

let folder: string
let path: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-save-'))
  path = join(folder, 'model.safetensors')
})
afterAll(() => rmSync(folder, { recursive: true }))

const names = ['b.weight', 'a.weight', 'B', '\u00e9', '\u{1f600}', '\uffee', 'q"\\\n\u0001\u007f/']
const stored: DType[] = [
  'f32',
  'bf16',
  'i64',
  'u8',
  'bool',
  'f16',
  'f64',
  'i32',
  'i16',
  'i8',
  'f8e4m3',
  'f8e5m2',
]

/** Every dtype under every name, with bytes that an integer formula gives. */
function samples(): Map<string, Tensor> {
  const out = new Map<string, Tensor>()
  for (const [row, dtype] of stored.entries()) {
    for (const [column, name] of names.entries()) {
      const shape = [[], [3], [2, 2], [0, 4], [1, 1, 5]][(row + column) % 5]!
      const bytes = new Uint8Array(
        bytesOf(
          shape.reduce((a, b) => a * b, 1),
          dtype,
        ),
      )
      for (let i = 0; i < bytes.length; i++)
        bytes[i] = (row * 31 + column * 7 + i * 13) % (dtype === 'bool' ? 2 : 251)
      out.set(`${name}.${dtype}`, fromBytes(bytes, shape, dtype))
    }
  }
  return out
}

const free = (tensors: ReadonlyMap<string, Tensor>): void => {
  for (const each of tensors.values()) each.dispose()
}

it('writes what Python writes, byte for byte', async () => {
  expect([...stored].sort()).toEqual([...dtypes].sort())
  const tensors = samples()
  await saveSafetensors(path, tensors, { format: 'pt' })
  free(tensors)
  // sha256 of the file that safetensors.serialize_file 0.8.0 writes of the same tensors and metadata
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex')
  expect(digest).toBe('cd59f04897d47bae8d5242b3cd49e834eae801f545f969e27b6b85a1296ed198')
})

it('writes an aligned header: wide types first, then names by their bytes', async () => {
  const tensors = new Map([
    ['z', tensor([1], { dtype: 'f32' })],
    ['\u{1f600}', tensor([2], { dtype: 'f32' })],
    ['\uffee', tensor([3], { dtype: 'f32' })],
    ['b', tensor([4n])],
  ])
  await saveSafetensors(path, tensors)
  free(tensors)
  const bytes = readFileSync(path)
  const length = Number(bytes.readBigUInt64LE())
  expect(length % 8).toBe(0)
  expect(bytes.toString('utf8', 8, 8 + length).trimEnd()).toBe(
    '{"b":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"z":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},' +
      '"\uffee":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"\u{1f600}":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}',
  )
})

it('reads back what it wrote, and leaves nothing behind', async () => {
  await synchronize()
  const before = memory()
  const tensors = samples()
  const expected = new Map<string, ArrayBuffer>()
  for (const [name, each] of tensors) expected.set(name, await each.bytes())
  const metadata = new Map([
    ['format', 'pt'],
    ['__proto__', '\u{1f600}"'],
  ])
  await saveSafetensors(path, tensors, metadata)
  {
    using opened = await openSafetensors(path)
    expect([...opened.metadata]).toEqual([...metadata])
    expect(new Set(opened.names)).toEqual(new Set(tensors.keys()))
    for (const [name, each] of tensors) {
      expect(opened.info(name)).toMatchObject({ dtype: each.dtype, shape: each.shape })
      const loaded = opened.tensor(name)
      expect(new Uint8Array(await loaded.bytes())).toEqual(new Uint8Array(expected.get(name)!))
      loaded.dispose()
    }
  }
  free(tensors)
  await synchronize()
  const after = memory()
  expect([after.tensors, after.bytes, after.mapped]).toEqual([
    before.tensors,
    before.bytes,
    before.mapped,
  ])
  expect(readdirSync(folder)).toEqual(['model.safetensors'])
})

it('saves views, and tensors that are disposed as soon as it was called', async () => {
  let saved: Promise<void> | undefined
  scope(() => {
    const base = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { dtype: 'f32' },
    )
    const views = { t: base.transpose(0, 1), s: base.slice(1, 1, 3) }
    saved = saveSafetensors(path, new Map(Object.entries(views)))
  })
  await saved
  using opened = await openSafetensors(path)
  for (const [name, values] of [
    [
      't',
      [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    ],
    [
      's',
      [
        [2, 3],
        [5, 6],
      ],
    ],
  ] as const) {
    const loaded = opened.tensor(name)
    expect(await loaded.tolist()).toEqual(values)
    loaded.dispose()
  }
})

it('writes large tensors in pieces, strided ones too', async () => {
  const rows = 9 * 2 ** 10
  const large = tensor(
    Float32Array.from({ length: rows * 1024 }, (_, i) => i),
    { shape: [rows, 1024] },
  )
  const turned = large.transpose(0, 1)
  const steps: number[] = []
  await saveSafetensors(
    path,
    new Map([
      ['large', large],
      ['turned', turned],
    ]),
    undefined,
    {
      onProgress: ({ bytes }) => steps.push(bytes),
    },
  )
  // 36 MiB each: three pieces and more
  expect(steps.length).toBeGreaterThanOrEqual(7)
  expect(Math.max(...steps.slice(1).map((bytes, i) => bytes - steps[i]!))).toBeLessThanOrEqual(
    16 * 2 ** 20,
  )
  using opened = await openSafetensors(path)
  for (const [name, source] of [
    ['large', large],
    ['turned', turned],
  ] as const) {
    const loaded = opened.tensor(name)
    expect(
      Buffer.compare(Buffer.from(await loaded.bytes()), Buffer.from(await source.bytes())),
    ).toBe(0)
    loaded.dispose()
  }
  turned.dispose()
  large.dispose()
})

it('keeps the old file when anything fails, and removes what it began', async () => {
  const good = tensor([1], { dtype: 'f32' })
  const bad = tensor([2], { dtype: 'f32' })
  writeFileSync(path, 'old')
  bad.dispose()
  const map = (entries: [unknown, Tensor][]): Map<string, Tensor> =>
    new Map(entries as [string, Tensor][])
  const abort = new AbortController()
  abort.abort('enough')
  const failures: [() => Promise<void>, string][] = [
    [
      () =>
        saveSafetensors(
          path,
          map([
            ['a', good],
            ['b', bad],
          ]),
        ),
      'ERR_TENSOR_DISPOSED',
    ],
    [() => saveSafetensors(path, map([['__metadata__', good]])), 'ERR_OPTION'],
    [() => saveSafetensors(path, map([['\ud800', good]])), 'ERR_OPTION'],
    [() => saveSafetensors(path, map([[1, good]])), 'ERR_OPTION'],
    [() => saveSafetensors(path, map([['a', good]]), { a: 1 as never }), 'ERR_OPTION'],
    [() => saveSafetensors(path, map([['a', good]]), {}, { signal: abort.signal }), 'ERR_ABORTED'],
    [() => saveSafetensors(join(folder, 'none', 'x'), map([['a', good]])), 'ERR_FILE_WRITE'],
    [() => saveSafetensors('a\u0000b', map([['a', good]])), 'ERR_FILE_WRITE'],
  ]
  for (const [failure, code] of failures) await expect(failure()).rejects.toMatchObject({ code })
  mkdirSync(join(folder, 'taken'))
  await expect(saveSafetensors(join(folder, 'taken'), map([['a', good]]))).rejects.toMatchObject({
    code: 'ERR_FILE_WRITE',
  })
  expect(readFileSync(path, 'utf8')).toBe('old')
  expect(readdirSync(folder).sort()).toEqual(['model.safetensors', 'taken'])
  good.dispose()
})

it('replaces a file that its own tensors are mapped from', async () => {
  const source = tensor([1, 2, 3], { dtype: 'f32' })
  await saveSafetensors(path, new Map([['a', source]]))
  chmodSync(path, 0o644)
  using opened = await openSafetensors(path)
  const mapped = opened.tensor('a')
  await saveSafetensors(path, new Map([['b', mapped]]))
  expect(await mapped.tolist()).toEqual([1, 2, 3])
  using again = await openSafetensors(path)
  expect(again.names).toEqual(['b'])
  mapped.dispose()
  source.dispose()
})
