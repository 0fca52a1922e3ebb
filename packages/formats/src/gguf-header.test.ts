import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HeddleError } from '@heddle/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ggufBytes, type TestFile, text, u32, u64 } from './gguf-bytes-for-test.ts'
import { openGGUF } from './index.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-gguf-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function codeOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'hostile.gguf')
  writeFileSync(path, bytes)
  try {
    ;(await openGGUF(path)).dispose()
    return 'accepted'
  } catch (error) {
    if (!HeddleError.isInstance(error)) throw error
    expect(error.message).toMatch(/^[^;]+: .+; got .+\. .+\.$/s)
    return error.code
  }
}

const one = { name: 'a', dims: [2], data: new Uint8Array(Float32Array.of(1, 2).buffer) }
const u32Max = 2 ** 32 - 1
const families: Record<string, readonly (readonly [TestFile | Uint8Array, string])[]> = {
  'the magic number and the version': [
    [new Uint8Array(0), 'ERR_FORMAT_TRUNCATED'],
    [Buffer.from('GGU'), 'ERR_FORMAT_TRUNCATED'],
    [Buffer.from('GGUF'), 'ERR_FORMAT_TRUNCATED'],
    [Buffer.from('GGML0000'), 'ERR_FORMAT_MAGIC'],
    [Buffer.from('FUGG0000'), 'ERR_FORMAT_MAGIC'],
    ...[0, 1, 4, 2 ** 31, 0x03000000].map(
      (version) => [{ version }, 'ERR_FORMAT_VERSION'] as const,
    ),
  ],
  'counts that lie': [
    ...[-1n, 2n ** 63n - 1n, 2n ** 32n + 1n, 2n].map(
      (tensorCount) => [{ tensorCount, tensors: [one] }, 'ERR_FORMAT_TRUNCATED'] as const,
    ),
    ...[-1n, 2n ** 63n - 1n, 2n ** 32n + 1n, 9n].map(
      (keyCount) => [{ keyCount, tensors: [one] }, 'ERR_FORMAT_TRUNCATED'] as const,
    ),
    [{ tensorCount: 0n, tensors: [one] }, 'ERR_FORMAT_TRAILING'],
  ],
  'texts that lie': [
    ...[2n ** 64n - 1n, 2n ** 30n + 1n, 2n ** 63n, 1n].map(
      (length) =>
        [Buffer.concat([ggufBytes({ keyCount: 1n }), u64(length), new Uint8Array(0)]), ''] as const,
    ),
    [{ keys: [['', ['string', 'value']]] }, 'ERR_FORMAT_NAME'],
    [{ keys: [['a\0b', ['u8', 1]]] }, 'ERR_FORMAT_NAME'],
    [{ keys: [['k'.repeat(65_536), ['u8', 1]]] }, 'ERR_FORMAT_LIMIT'],
    [{ keys: [[Uint8Array.of(0xff, 0x41), ['u8', 1]]] }, 'ERR_FORMAT_HEADER_UTF8'],
    [{ tensors: [{ ...one, name: 'n'.repeat(1025) }] }, 'ERR_FORMAT_LIMIT'],
    [{ tensors: [{ ...one, name: '' }] }, 'ERR_FORMAT_NAME'],
    // A character cut in two by the border of two texts.
    [
      {
        keys: [
          ['k', ['array', 8, [text(Uint8Array.of(0xc3)), text(Uint8Array.of(0xa9))] as never[]]],
        ],
      },
      'ERR_FORMAT_HEADER_UTF8',
    ],
  ],
  'values that are none': [
    [Buffer.concat([ggufBytes({ keyCount: 1n }), text('k'), u32(13), u64(0n)]), ''],
    [Buffer.concat([ggufBytes({ keyCount: 1n }), text('k'), u32(u32Max), u64(0n)]), ''],
    [{ keys: [['k', ['array', 9, [u64(0n)]]]] }, 'ERR_FORMAT_METADATA'],
    [{ keys: [['k', ['array', 77, [u64(0n)]]]] }, 'ERR_FORMAT_METADATA'],
    [{ keys: [['k', ['bool', 2]]] }, 'ERR_FORMAT_METADATA'],
    [{ keys: [['k', ['array', 'bool', [0, 2]]]] }, 'ERR_FORMAT_METADATA'],
    ...[2n ** 61n + 1n, 2n ** 64n - 1n, 3n].map(
      (count) =>
        [{ keys: [['k', ['array', 'u64', [1n, 2n], count]]] }, 'ERR_FORMAT_TRUNCATED'] as const,
    ),
    [{ keys: [['k', ['array', 'string', [], 2n ** 30n]]] }, 'ERR_FORMAT_TRUNCATED'],
  ],
  'names twice': [
    [
      {
        keys: [
          ['k', ['u8', 1]],
          ['k', ['u8', 1]],
        ],
      },
      'ERR_FORMAT_DUPLICATE',
    ],
    [{ tensors: [one, one] }, 'ERR_FORMAT_DUPLICATE'],
  ],
  'the alignment': [
    ...[0, 1, 3, 13, 2 ** 31].map(
      (alignment) =>
        [
          { keys: [['general.alignment', ['u32', alignment]]], tensors: [one] },
          'ERR_FORMAT_ALIGNMENT',
        ] as const,
    ),
    [{ keys: [['general.alignment', ['i32', 32]]] }, 'ERR_FORMAT_ALIGNMENT'],
    [{ keys: [['general.alignment', ['string', '32']]] }, 'ERR_FORMAT_ALIGNMENT'],
    [{ keys: [['general.alignment', ['array', 'u32', [32]]]] }, 'ERR_FORMAT_ALIGNMENT'],
  ],
  shapes: [
    [{ tensors: [{ ...one, rank: 0 }] }, 'ERR_FORMAT_SHAPE'],
    [{ tensors: [{ ...one, dims: [1, 1, 1, 1, 2] }] }, 'ERR_FORMAT_SHAPE'],
    [{ tensors: [{ ...one, rank: u32Max }] }, 'ERR_FORMAT_SHAPE'],
    [{ tensors: [{ ...one, dims: [0] }] }, 'ERR_FORMAT_SHAPE'],
    [{ tensors: [{ ...one, dims: [-1n] }] }, 'ERR_FORMAT_OVERFLOW'],
    [{ tensors: [{ ...one, dims: [2n ** 42n + 1n, 2n ** 21n] }] }, 'ERR_FORMAT_OVERFLOW'],
    [{ tensors: [{ ...one, dims: [2n ** 32n, 2n ** 31n] }] }, 'ERR_FORMAT_OVERFLOW'],
    [{ tensors: [{ ...one, dims: [2n ** 50n] }] }, 'ERR_FORMAT_TRUNCATED'],
    [{ tensors: [{ ...one, type: 2, dims: [33] }] }, 'ERR_FORMAT_SHAPE'],
    ...[4, 5, 31, 38, 1000, u32Max].map(
      (type) => [{ tensors: [{ ...one, type }] }, 'ERR_FORMAT_DTYPE'] as const,
    ),
  ],
  'places of tensors': [
    ...[1, 4, 32, 64, 2 ** 40, 2n ** 64n - 32n].map(
      (offset) => [{ tensors: [{ ...one, offset }] }, 'ERR_FORMAT_OFFSETS'] as const,
    ),
    [{ tensors: [one, { ...one, name: 'b', offset: 0 }] }, 'ERR_FORMAT_OFFSETS'],
    [{ tensors: [one, { ...one, name: 'b', offset: 64 }] }, 'ERR_FORMAT_OFFSETS'],
    [{ tensors: [{ ...one, dims: [3] }] }, 'ERR_FORMAT_TRUNCATED'],
    [{ tensors: [{ ...one, dims: [2 ** 38] }] }, 'ERR_FORMAT_TRUNCATED'],
    [{ tensors: [{ ...one, data: new Uint8Array(0) }] }, 'ERR_FORMAT_TRUNCATED'],
    [
      {
        tensors: [
          { ...one, dims: [2n ** 50n], offset: 0 },
          { ...one, name: 'b', dims: [2n ** 50n], offset: 2n ** 52n },
          { ...one, name: 'c', dims: [2n ** 50n], offset: 2n ** 53n },
        ],
      },
      'ERR_FORMAT_OVERFLOW',
    ],
    [{ tensors: [one], tail: 25 }, 'ERR_FORMAT_TRAILING'],
  ],
}

describe.each(Object.entries(families))('refuses %s', (_, cases) => {
  it.each(cases.map(([file, code], i) => [i, file, code] as const))(
    'case %i',
    async (_, file, code) => {
      const bytes = file instanceof Uint8Array ? file : ggufBytes(file)
      const got = await codeOf(bytes)
      if (code === '') expect(got).toMatch(/^ERR_FORMAT_(TRUNCATED|METADATA|NAME)$/)
      else expect(got).toBe(code)
    },
  )
})
