import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memory } from '@heddle/tensor'
import { modelDirectory } from '@heddle/tiny-tales'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { tinyGGUF, wideModel, withGGUF } from '../../models/src/gguf/tiny-gguf.ts'
import { main } from './cli.ts'

let out: string
let err: string

beforeEach(() => {
  out = ''
  err = ''
  const collect = (take: (text: string) => void) => (text: string | Uint8Array) => {
    take(text.toString())
    return true
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(collect((text) => (out += text)))
  vi.spyOn(process.stderr, 'write').mockImplementation(collect((text) => (err += text)))
})

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

async function heddle(...args: string[]): Promise<number> {
  process.exitCode = 0
  await main(['node', 'heddle', ...args])
  const status = Number(process.exitCode)
  process.exitCode = undefined
  return status
}

const story = ['generate', '--prompt', 'Once upon a time', '--max-new-tokens', '12']

describe('heddle generate', () => {
  test('continues the prompt with the default model and gives its memory back', async () => {
    const { tensors, bytes } = memory()
    expect(await heddle(...story)).toBe(0)
    expect(out).toMatch(/^Once upon a time, there was a \w+.*\n$/s)
    expect(err).toBe('')
    expect(memory()).toMatchObject({ tensors, bytes })
  })

  test('--json prints one object that agrees with the text', async () => {
    await heddle(...story)
    const text = out
    out = ''
    expect(await heddle(...story, '--json', '--model', modelDirectory)).toBe(0)
    const result = JSON.parse(out)
    expect(result).toMatchObject({
      model: modelDirectory,
      prompt: 'Once upon a time',
      finishReason: 'length',
      newTokens: 12,
    })
    expect(`${result.prompt}${result.text}\n`).toBe(text)
    expect(result.tokens).toHaveLength(12)
  })

  test('a sampling option samples, and a seed repeats', async () => {
    const sampled = async (...more: string[]) => {
      out = ''
      await heddle(...story, '--json', ...more)
      return JSON.parse(out)
    }
    const a = await sampled('--temperature', '1.5', '--seed', '3')
    expect(a.seed).toBe(3)
    expect((await sampled('--temperature', '1.5', '--seed', '3')).tokens).toEqual(a.tokens)
    expect((await sampled('--temperature', '1.5', '--seed', '4')).tokens).not.toEqual(a.tokens)
    const greedy = await sampled('--temperature', '0')
    expect(greedy.seed).toBeUndefined()
    expect(greedy.tokens).toEqual((await sampled()).tokens)
    expect((await sampled('--top-k', '1')).tokens).toEqual(greedy.tokens)
  })

  test('--stop ends the text before the string', async () => {
    await heddle(...story)
    const word = out.split(' ')[6] as string
    out = ''
    await heddle(...story, '--json', '--stop', word)
    expect(JSON.parse(out)).toMatchObject({ finishReason: 'stop-string' })
    expect(JSON.parse(out).text).not.toContain(word)
  })

  test('Ctrl-C ends it with status 130 and the text so far', async () => {
    const call = heddle('generate', '--prompt', 'Once', '--max-new-tokens', '400')
    await vi.waitFor(() => expect(out.length).toBeGreaterThan(10), 20_000)
    process.emit('SIGINT')
    expect(await call).toBe(130)
    expect(out).toMatch(/\n$/)
    expect(err).toBe('')
  })
})

describe('heddle inspect', () => {
  test('tells what is in a folder and what it needs', async () => {
    expect(await heddle('inspect', modelDirectory)).toBe(0)
    expect(out).toMatch(/architecture +llama/)
    expect(out).toMatch(/parameters +5\.40 M \(5401856\)/)
    expect(out).toMatch(/stored as +BF16 10\.8 MB/)
    out = ''
    expect(await heddle('inspect', modelDirectory, '--json')).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      modelType: 'llama',
      numParameters: 5_401_856,
      storedBytes: { BF16: 10_803_712 },
    })
  })

  test('tells what the types of a GGUF file become', async () => {
    await withGGUF(tinyGGUF(wideModel, { isPacked: true }), async (path) => {
      expect(await heddle('inspect', path)).toBe(0)
    })
    expect(out).toMatch(/ Q8_0 +9 tensors, .* MB, stays quantized as q8 \(.* MB\)\n/)
    expect(out).toMatch(/ F32 +3 tensors, .* MB, used in place\n/)
  })
})

describe('heddle bench', () => {
  test('reports medians as JSON', async () => {
    const small = ['--prompt-tokens', '16', '--new-tokens', '4', '--rounds', '1']
    expect(await heddle('bench', ...small, '--json')).toBe(0)
    const report = JSON.parse(out)
    for (const key of [
      'loadMilliseconds',
      'prefillTokensPerSecond',
      'decodeTokensPerSecond',
      'bandwidthBytesPerSecond',
      'bandwidthFraction',
      'peakRssBytes',
    ]) {
      expect(report[key], key).toBeGreaterThan(0)
    }
    expect(report).toMatchObject({ dtype: 'bf16', rounds: 1, weightBytes: 10_803_712 })
  })
})

describe('errors', () => {
  test.each([
    [['generate', '--prompt', 'x', '--model', '/no/such/folder'], 1, /folder/],
    [[...story, '--temperature', '-1'], 1, /temperature must be a number/],
    [[...story, '--temperature', 'hot'], 2, /temperature.*It must be a number/],
    [[...story, '--dtype', 'f8'], 2, /Allowed choices/],
    [[...story, '--chat'], 2, /chat template/],
    [['generate', '--heat', '3'], 2, /unknown option '--heat'/],
    [['bench', '--rounds', '0'], 2, /--rounds must be an integer of at least 1; got 0/],
    [['inspect'], 2, /missing required argument 'path'/],
    [['fly'], 2, /unknown command 'fly'/],
  ] as const)('%j ends with status %i', async (args, status, message) => {
    expect(await heddle(...args)).toBe(status)
    expect(err).toMatch(message)
    expect(err).toMatch(/^heddle: .*\n(\(.*\)\n)*$/)
    expect(out).toBe('')
  })

  test('a damaged folder is one readable line', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'heddle-'))
    await writeFile(join(dir, 'config.json'), '{"model_type": "llama"')
    expect(await heddle('inspect', dir)).toBe(1)
    expect(err).toMatch(/^heddle: .*config\.json: must be valid JSON.*\n$/)
    await rm(dir, { recursive: true })
  })

  test('--help shows examples and --version a number', async () => {
    expect(await heddle('--help')).toBe(0)
    expect(out).toMatch(/Examples:\n {2}heddle generate/)
    out = ''
    expect(await heddle('generate', '--help')).toBe(0)
    expect(out).toMatch(/--max-new-tokens[^]*Examples:/)
    out = ''
    expect(await heddle('--version')).toBe(0)
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
