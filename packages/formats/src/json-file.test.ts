import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readJsonFile } from './index.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-json-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(content: string | Uint8Array): string {
  const path = join(folder, 'config.json')
  writeFileSync(path, content)
  return path
}

it('reads an object without prototype', async () => {
  const value = await readJsonFile(write('{"hidden_size": 64, "\u00e9": [1, null]}'))
  expect(value).toEqual({ hidden_size: 64, '\u00e9': [1, null] })
  expect(Object.getPrototypeOf(value)).toBe(null)
})

it('refuses files beyond the bound before reading them', async () => {
  const path = write(' '.repeat(1001))
  await expect(readJsonFile(path, { maxBytes: 1000 })).rejects.toMatchObject({
    code: 'ERR_FILE_TOO_LARGE',
    message: expect.stringMatching(/: the file must have at most 1000 bytes; got 1001\. /),
  })
})

it.each([
  ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['a byte order mark', '\ufeff{}'],
  ['an empty file', ''],
  ['duplicate keys', '{"a":1,"a":2}'],
  ['NaN', '{"eps":NaN}'],
])('refuses %s with ERR_FORMAT_JSON', async (_, content) => {
  await expect(readJsonFile(write(content))).rejects.toMatchObject({ code: 'ERR_FORMAT_JSON' })
})

it('says what is at the path when it is not a file', async () => {
  await expect(readJsonFile(join(folder, 'none.json'))).rejects.toMatchObject({
    code: 'ERR_FILE_NOT_FOUND',
  })
  await expect(readJsonFile(folder)).rejects.toMatchObject({ code: 'ERR_FILE_KIND' })
  await expect(readJsonFile('a\u0000b')).rejects.toMatchObject({ code: 'ERR_FILE_ACCESS' })
})

it.skipIf(process.platform === 'win32')('does not wait at a pipe', async () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  await expect(readJsonFile(pipe)).rejects.toMatchObject({ code: 'ERR_FILE_KIND' })
})
