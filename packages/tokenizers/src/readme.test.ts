// Runs the README's examples: what `console.log` prints must be what the comment behind it says.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import * as library from './index.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1]!)
const model = fileURLToPath(new URL('../../tiny-tales/model', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'heddle-readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Run = (...values: unknown[]) => Promise<void>
const AsyncFunction = (async () => undefined).constructor as new (...source: string[]) => Run

describe('README', () => {
  it('has examples', () => expect(blocks.length).toBeGreaterThan(6))

  it.each(blocks)('%s', async (block) => {
    const tokenizer = await library.AutoTokenizer.fromPretrained(model)
    const wanted = [...block.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map((match) => match[1]!)
    const printed: unknown[] = []
    const log = (value: unknown) => printed.push(value)
    const source = block
      .replaceAll(/^import (\{.*\}) from '@heddle\/tokenizers(?:\/core)?'/gm, 'const $1 = library')
      .replaceAll("'path/to/checkpoint'", 'model')
    const names = ['library', 'AutoTokenizer', 'tokenizer', 'model', 'folder', 'console']
    const run = new AsyncFunction(...names, `{\n${source}\n}`)
    await run(library, library.AutoTokenizer, tokenizer, model, folder, { log })
    const want = await Promise.all(
      wanted.map(async (text) => {
        let value: unknown
        await new AsyncFunction('give', `give(${text})`)((given: unknown) => (value = given))
        return value
      }),
    )
    expect(printed).toEqual(want)
  })
})
