import { mkdtempSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HeddleError, memory, synchronize } from '@heddle/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSafetensors } from './index.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-formats-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A file with this header (JSON text or bytes) and data. */
function file(header: string | Uint8Array, data: Uint8Array | number = 0): Uint8Array {
  const text = Buffer.from(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, typeof data === 'number' ? Buffer.alloc(data, 7) : data])
}

let count = 0
function write(bytes: Uint8Array): string {
  const path = join(folder, `${count++}.safetensors`)
  writeFileSync(path, bytes)
  return path
}

const f32 = (values: number[]): Uint8Array => new Uint8Array(new Float32Array(values).buffer)

/** One tensor named `a` of type F32 with one field replaced. */
function one(fields: Record<string, string>, data = 4): Uint8Array {
  const all = { dtype: '"F32"', shape: '[1]', data_offsets: '[0,4]', ...fields }
  const entries = Object.entries(all).map(([key, value]) => `"${key}":${value}`)
  return file(`{"a":{${entries.join(',')}}}`, data)
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'accepted'
  } catch (error) {
    if (!HeddleError.isInstance(error)) throw error
    // where: rule; got X. What to do.
    expect(error.message).toMatch(/^[^;]+: .+; got .+\. .+\.$/s)
    return error.code
  }
}

const descriptors = (): number =>
  readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length

describe.each([true, false])('openSafetensors with mmap: %s', (mmap) => {
  it('gives names, metadata, infos and tensors', async () => {
    const header =
      '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},' +
      '"b":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}}'
    const data = Buffer.concat([f32([1, 2, 3, 4]), Buffer.from([0x80, 0x3f, 0x00, 0xc0])])
    using opened = await openSafetensors(write(file(header, data)), { mmap })
    expect(opened.names).toEqual(['w', 'b'])
    expect([...opened.metadata]).toEqual([['format', 'pt']])
    expect(opened.info('w')).toEqual({ dtype: 'f32', shape: [2, 2], bytes: 16 })
    expect(opened.info('b')).toEqual({ dtype: 'bf16', shape: [2], bytes: 4 })
    const w = opened.tensor('w')
    const b = opened.tensor('b')
    opened.dispose() // tensors keep the memory they stand in
    expect(await w.tolist()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(await b.tolist()).toEqual([1, -2])
    w.dispose()
    b.dispose()
  })

  it('copies tensors that are not aligned to their element', async () => {
    const header =
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}'
    const data = Buffer.concat([Buffer.from([9]), f32([1.5, -2])])
    using opened = await openSafetensors(write(file(header, data)), { mmap })
    const b = opened.tensor('b')
    expect(await b.tolist()).toEqual([1.5, -2])
    b.dispose()
  })

  it('takes odd names as plain names', async () => {
    const names = ['__proto__', 'constructor', 'toString', '', 'a\u0000b', '../x', '\u{1f600}']
    const entries = names.map(
      (name, i) =>
        `${JSON.stringify(name)}:{"dtype":"U8","shape":[1],"data_offsets":[${i},${i + 1}]}`,
    )
    const data = Uint8Array.from(names, (_, i) => i)
    using opened = await openSafetensors(write(file(`{${entries.join(',')}}`, data)), { mmap })
    expect(opened.names).toEqual(names)
    for (const [i, name] of names.entries()) {
      const tensor = opened.tensor(name)
      expect(await tensor.tolist()).toEqual([i])
      tensor.dispose()
    }
    expect(() => opened.info('hasOwnProperty')).toThrow(
      expect.objectContaining({ code: 'ERR_TENSOR_NOT_FOUND' }),
    )
  })

  it('lists types that tensors cannot have and refuses to load them', async () => {
    using opened = await openSafetensors(write(one({ dtype: '"U32"' })), { mmap })
    expect(opened.storedInfo('a')).toEqual({ dtype: 'U32', shape: [1], bytes: 4 })
    expect(() => opened.info('a')).toThrow(/U32, which is not supported yet/)
    expect(() => opened.tensor('a')).toThrow(
      expect.objectContaining({ code: 'ERR_FORMAT_DTYPE_UNSUPPORTED' }),
    )
  })

  it('reports a file that was overwritten or replaced', async () => {
    const path = write(one({}))
    using opened = await openSafetensors(path, { mmap })
    await opened.check()
    writeFileSync(path, one({}, 4))
    utimesSync(path, new Date(), new Date(Date.now() + 60_000))
    expect(await codeOf(opened.check())).toBe('ERR_FILE_CHANGED')
  })
})

it('survives files that are cut while they are mapped: their reads fail, others work', async () => {
  const size = 1 << 16
  const header = `{"a":{"dtype":"F32","shape":[${size}],"data_offsets":[0,${4 * size}]}}`
  const good = '{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
  for (let round = 0; round < 50; round++) {
    const aligned = header.padEnd(Math.ceil(header.length / 8) * 8 + (round % 2))
    const path = write(file(aligned, 4 * size))
    using opened = await openSafetensors(path)
    truncateSync(path, 100)
    // In place the read fails later; data that is not aligned is copied, and lost, at once.
    const read = async (): Promise<unknown> => {
      const lost = opened.tensor('a')
      return lost.data().finally(() => lost.dispose())
    }
    await expect(read()).rejects.toMatchObject({ code: 'ERR_FILE_CHANGED' })
    expect(await codeOf(opened.check())).toBe('ERR_FILE_CHANGED')
    using other = await openSafetensors(write(file(good, f32([1, 2]))))
    const fine = other.tensor('b')
    expect(await fine.tolist()).toEqual([1, 2])
    fine.dispose()
  }
})

// One of each family of native/crates/files/tests, where every family has 220 seeded variants.
const hostile: readonly (readonly [string, Uint8Array, string])[] = [
  ['an empty file', new Uint8Array(0), 'ERR_FORMAT_TRUNCATED'],
  ['seven bytes', new Uint8Array(7), 'ERR_FORMAT_TRUNCATED'],
  ['a header beyond the file', file('{}', 9).with(0, 12), 'ERR_FORMAT_TRUNCATED'],
  ['a header length of 2^64 - 1', new Uint8Array(16).fill(0xff), 'ERR_FORMAT_HEADER_SIZE'],
  ['a header length of 0', file('', 4), 'ERR_FORMAT_HEADER_SIZE'],
  ['a header of spaces', file('        '), 'ERR_FORMAT_HEADER_START'],
  ['a header that is an array', file('[]'), 'ERR_FORMAT_HEADER_START'],
  ['a byte order mark', file('\ufeff{}'), 'ERR_FORMAT_HEADER_START'],
  ['overlong UTF-8', file(Buffer.from('7b22c0af223a7b7d7d', 'hex')), 'ERR_FORMAT_HEADER_UTF8'],
  ['two objects', file('{}{}'), 'ERR_FORMAT_JSON'],
  ['a trailing comma', file('{"__metadata__":{},}'), 'ERR_FORMAT_JSON'],
  ['a lone surrogate', file('{"\\ud800":{}}'), 'ERR_FORMAT_JSON'],
  ['100 000 levels', file(`{"a":${'['.repeat(100_000)}`), 'ERR_FORMAT_FIELD'],
  [
    'a name twice',
    file(
      '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
    ),
    'ERR_FORMAT_DUPLICATE',
  ],
  ['metadata that is no text', file('{"__metadata__":{"a":1}}'), 'ERR_FORMAT_METADATA'],
  ['data after an empty header', file('{}', 5), 'ERR_FORMAT_TRAILING'],
  ['a first offset above 0', one({ data_offsets: '[4,8]' }, 8), 'ERR_FORMAT_HOLE'],
  [
    'two tensors in one place',
    file(
      '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}',
      4,
    ),
    'ERR_FORMAT_OVERLAP',
  ],
  ['an end before its begin', one({ data_offsets: '[4,0]' }), 'ERR_FORMAT_OFFSETS'],
  ['an end past the file', one({}, 3), 'ERR_FORMAT_TRUNCATED'],
  ['bytes after the last tensor', one({}, 5), 'ERR_FORMAT_TRAILING'],
  ['a float as an offset', one({ data_offsets: '[0,4.0]' }), 'ERR_FORMAT_INTEGER'],
  ['an offset of 2^53 + 1', one({ data_offsets: '[0,9007199254740993]' }), 'ERR_FORMAT_OVERFLOW'],
  [
    'a shape whose product wraps to 4',
    one({ shape: '[4194305,4194305,211106198978564]' }),
    'ERR_FORMAT_OVERFLOW',
  ],
  ['a scalar of two elements', one({ shape: '[]', data_offsets: '[0,8]' }, 8), 'ERR_FORMAT_SHAPE'],
  ['1000 dimensions', one({ shape: `[${Array(1000).fill(1)}]` }), 'ERR_FORMAT_SHAPE'],
  ['an unknown dtype', one({ dtype: '"f32"' }), 'ERR_FORMAT_DTYPE'],
  [
    'three elements of four bits',
    one({ dtype: '"F4"', shape: '[3]', data_offsets: '[0,2]' }, 2),
    'ERR_FORMAT_SHAPE',
  ],
  ['an unknown field', one({ stride: '[1]' }), 'ERR_FORMAT_FIELD'],
]

it.each(hostile)('refuses %s', async (_, bytes, code) => {
  const path = write(bytes)
  await synchronize()
  const before = memory()
  const open = descriptors()
  for (const mmap of [true, false]) expect(await codeOf(openSafetensors(path, { mmap }))).toBe(code)
  await synchronize()
  const after = memory()
  expect(descriptors()).toBe(open)
  expect([after.tensors, after.bytes, after.mapped, after.device.allocated]).toEqual([
    before.tensors,
    before.bytes,
    before.mapped,
    before.device.allocated,
  ])
})

it('refuses what is not a file, without waiting for it', async () => {
  expect(await codeOf(openSafetensors(folder))).toBe('ERR_FILE_KIND')
  expect(await codeOf(openSafetensors(join(folder, 'none')))).toBe('ERR_FILE_NOT_FOUND')
  expect(await codeOf(openSafetensors('/dev/zero'))).toBe('ERR_FILE_KIND')
  expect(await codeOf(openSafetensors('a\u0000b'))).toMatch(/^ERR_FILE_/)
})

it('leaves no descriptor, tensor or mapping behind', async () => {
  const path = write(file('{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', f32([1, 2])))
  await synchronize()
  const before = memory()
  const open = descriptors()
  for (let round = 0; round < 20; round++) {
    for (const mmap of [true, false]) {
      using opened = await openSafetensors(path, { mmap })
      const tensor = opened.tensor('b')
      expect(await tensor.tolist()).toEqual([1, 2])
      tensor.dispose()
    }
  }
  await synchronize()
  const after = memory()
  expect(descriptors()).toBe(open)
  expect([after.tensors, after.bytes, after.mapped]).toEqual([
    before.tensors,
    before.bytes,
    before.mapped,
  ])
})
