import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readLines, type ReadLinesOptions } from './read-lines.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-lines-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

async function lines(
  paths: Parameters<typeof readLines>[0],
  options?: ReadLinesOptions,
): Promise<string[]> {
  const list: string[] = []
  for await (const line of readLines(paths, options)) list.push(line)
  return list
}

describe('readLines', () => {
  it('leaves line ends out and keeps empty lines', async () => {
    expect(await lines(file('a', 'one\r\n\ntwo\u2028\n three'))).toEqual([
      'one',
      '',
      'two\u2028',
      ' three',
    ])
    expect(await lines(file('b', '\ufeffone\n'))).toEqual(['one'])
    expect(await lines(file('c', ''))).toEqual([])
  })

  it('reads several files, by path or by URL', async () => {
    const a = file('d', 'one')
    const b = pathToFileURL(file('e', 'two\nthree\n'))
    expect(await lines([a, b])).toEqual(['one', 'two', 'three'])
  })

  it('joins lines and characters that chunks cut', async () => {
    const want = Array.from({ length: 5000 }, (_, i) => '\u{1f600}\u00e9'.repeat(i % 40) + i)
    expect(await lines(file('f', want.join('\n')))).toEqual(want)
  })

  it('names what it cannot read', async () => {
    await expect(lines(join(folder, 'none'))).rejects.toMatchObject({ code: 'ERR_TOKENIZER_FILE' })
    await expect(lines(folder)).rejects.toThrow('must be a file that can be read')
    await expect(lines(file('g', Uint8Array.of(97, 255)))).rejects.toThrow('must be UTF-8 text')
    await expect(lines(file('h', Uint8Array.of(0xf0, 0x9f)))).rejects.toThrow('must be UTF-8 text')
  })

  it('bounds the length of a line', async () => {
    const path = file('i', `${'a'.repeat(100)}\n${'b'.repeat(200_000)}`)
    await expect(lines(path, { maxLineLength: 150_000 })).rejects.toMatchObject({
      code: 'ERR_TOKENIZER_LIMIT',
    })
    await expect(lines(path, { maxLineLength: 99 })).rejects.toThrow('99 UTF-16 units at most')
    expect((await lines(path, { maxLineLength: 200_000 })).length).toBe(2)
  })
})
