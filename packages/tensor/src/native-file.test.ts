import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFile } from './native-file.ts'

test.each([true, false])('reads bytes at a place, never beyond the file (mmap: %s)', (mmap) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-file-'))
  try {
    const path = join(folder, 'bytes')
    writeFileSync(path, Uint8Array.of(1, 2, 3, 4, 5))
    const file = openFile(path, { mmap })
    const into = new Uint8Array(3)
    file.read(2, into)
    expect([...into]).toEqual([3, 4, 5])
    file.read(5, new Uint8Array(0))
    for (const [offset, code] of [
      [3, 'ERR_FILE_RANGE'],
      [2 ** 53, 'ERR_FILE_RANGE'],
      [-1, 'ERR_FORMAT_OFFSETS'],
      [0.5, 'ERR_FORMAT_OFFSETS'],
      [Number.NaN, 'ERR_FORMAT_OFFSETS'],
    ] as const) {
      expect(() => file.read(offset, into)).toThrow(expect.objectContaining({ code }))
    }
    file.dispose()
    expect(() => file.read(0, into)).toThrow(/after dispose/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
