import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as heddle from '../../packages/heddle/src/index.ts'
import { main } from './main.mjs'

const golden = fileURLToPath(new URL('../../goldens/models/llama', import.meta.url))

let folder: string
let lines: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'goldens-'))
  lines = []
  const keep = (text: unknown) => void lines.push(...String(text).split('\n'))
  vi.spyOn(console, 'log').mockImplementation(keep)
  vi.spyOn(console, 'error').mockImplementation(keep)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const run = (...argv: string[]) => main(argv, { load: async () => heddle })
const failures = () => lines.filter((line) => line.startsWith('FAIL'))

/** A copy of the golden with bytes of one tensor of its reference changed. */
function copyWith(change?: (bytes: Buffer) => void, tensor = 'logits') {
  cpSync(golden, join(folder, 'copy'), { recursive: true })
  if (!change) return
  const path = join(folder, 'copy/reference.safetensors')
  const file = readFileSync(path)
  const start = 8 + Number(file.readBigUInt64LE(0))
  const header = JSON.parse(file.subarray(8, start).toString())
  const [from, to] = header[tensor].data_offsets
  change(file.subarray(start + from, start + to))
  writeFileSync(path, file)
}

describe('a golden', () => {
  it('passes as it is, and what is not supported yet is skipped', async () => {
    copyWith()
    expect(await run(folder)).toBe(0)
    expect(failures()).toEqual([])
    expect(lines.at(-1)).toBe('5 passed, 0 failed, 4 skipped')
  })

  it('fails when one logit is off by 0.01', async () => {
    const at = 7
    copyWith((bytes) => bytes.writeFloatLE(bytes.readFloatLE(4 * at) + 0.01, 4 * at))
    expect(await run(join(folder, 'copy'))).toBe(1)
    expect(failures()).toHaveLength(1)
    expect(failures()[0]).toMatch(
      /^FAIL copy\/logits: largest difference 0\.01\d* at \[0, 0, 7\] \(got .*, want .*\), bound 0\.000\d+$/,
    )
    expect(lines.at(-1)).toBe('4 passed, 1 failed, 4 skipped')
  })

  it('fails when one logit is NaN', async () => {
    copyWith((bytes) => bytes.writeFloatLE(NaN, 0))
    expect(await run(folder)).toBe(1)
    expect(failures()[0]).toContain('want NaN')
  })

  it('fails when one id of a greedy row is another', async () => {
    copyWith(
      (bytes) => bytes.writeInt32LE(bytes.readInt32LE(bytes.length - 8) ^ 1, bytes.length - 8),
      'greedy',
    )
    expect(await run(folder)).toBe(1)
    expect(failures()).toHaveLength(1)
    expect(failures()[0]).toMatch(
      /^FAIL copy\/greedy: row 1: first difference at \d+ \(got .*bound 0$/,
    )
  })

  it('fails for each output when the weights cannot be read', async () => {
    copyWith()
    writeFileSync(join(folder, 'copy/model.safetensors'), 'cut')
    expect(await run(folder)).toBe(1)
    expect(failures().length).toBeGreaterThan(4)
    expect(lines.at(-1)).toMatch(/^0 passed, \d+ failed, 0 skipped$/)
  })
})

describe('the exit status', () => {
  it('is 1 when nothing was recognised', async () => {
    writeFileSync(join(folder, 'bad.json'), '{"index":')
    expect(await run(folder)).toBe(1)
    expect(lines.at(-1)).toBe('0 passed, 0 failed, 0 skipped')
    copyWith()
    expect(await run(folder, '--filter', 'qwen2')).toBe(1)
    expect(await run(folder, '--filter=lla*', '--list')).toBe(0)
  })

  it('is 2 when the command is wrong, and says why', async () => {
    expect(await run()).toBe(2)
    expect(await run(folder, folder)).toBe(2)
    expect(await run(join(folder, 'nowhere'))).toBe(2)
    expect(await run(folder, '--fitler', 'x')).toBe(2)
    expect(await run(folder, '--filter')).toBe(2)
    expect(lines.filter((line) => line.startsWith('goldens: '))).toEqual([
      'goldens: a folder is needed.',
      `goldens: one folder at a time; got ${folder} too.`,
      `goldens: DIR must be a folder; got ${join(folder, 'nowhere')}.`,
      'goldens: --fitler is not an option.',
      'goldens: --filter needs names.',
    ])
  })

  it('finds the folder from where the script runner was called', async () => {
    copyWith()
    vi.stubEnv('INIT_CWD', folder)
    vi.stubEnv('npm_lifecycle_event', 'test')
    expect(await run('copy')).toBe(2)
    vi.stubEnv('npm_lifecycle_event', 'goldens')
    expect(await run('copy', '--list')).toBe(0)
  })
})
