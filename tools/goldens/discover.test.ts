import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { discover } from './discover.mjs'
import { makeFilter } from './filter.mjs'

let root: string
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'goldens-'))))
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(path: string, content: unknown) {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  writeFileSync(file, path.endsWith('.gz') ? gzipSync(text) : text)
}

const found = (...filters: string[]) =>
  discover(root, makeFilter(filters)).map(({ kind, name }) => `${kind} ${name}`)

const op = { index: [{ op: 'exp', case: 'basic', file: 'x', inputs: {}, outputs: { out: 'o' } }] }
const real = { fixture: 'no-such-fixture', prompts: [] }
const causal = { kind: 'causal', model_type: 'llama' }

/** What the sources report without a library: the skips. */
async function skips(...filters: string[]) {
  const names: string[] = []
  const report = { start() {}, skip: (name: string) => names.push(name) }
  const heddle = { tinyTales: root }
  for (const source of discover(root, makeFilter(filters))) await source.run({ heddle, report })
  return names
}

describe('discovery', () => {
  it('knows goldens by content wherever they lie', () => {
    put('some/where/odd.json', op)
    put('deep/er/zipped.json.gz', { ...op, index: [{ ...op.index[0], op: 'tanh' }] })
    put('a/b/reference.json', causal)
    put('a/b/reference.safetensors', '')
    put('zz.json', real)
    expect(found().sort()).toEqual(['checkpoint b', 'op exp', 'op tanh', 'real no-such-fixture'])
  })

  it('takes a single golden as the folder itself', () => {
    put('reference.json', causal)
    put('reference.safetensors', '')
    expect(found()).toHaveLength(1)
    expect(found('llama')).toHaveLength(1)
    expect(found('qwen2')).toEqual([])
  })

  it('needs the tensors beside a checkpoint', () => {
    put('reference.json', causal)
    expect(found()).toEqual([])
  })

  it('ignores what is no golden', () => {
    put('cut.json', '{"index": [{"op": ')
    put('list.json', [1])
    put('null.json', 'null')
    put('not.json.gz', '')
    put('config.json', { model_type: 'llama' })
    put('package.json', { name: 'x', scripts: {} })
    put('node_modules/x/odd.json', op)
    put('op.txt', op)
    writeFileSync(join(root, 'plain.json.gz'), JSON.stringify(op)) // not zipped after all
    expect(found()).toEqual(['op exp'])
  })

  it('follows links once', () => {
    put('real/odd.json', op)
    symlinkSync(join(root, 'real'), join(root, 'link'))
    symlinkSync(root, join(root, 'real/loop'))
    symlinkSync(join(root, 'nowhere'), join(root, 'broken.json'))
    expect(found()).toEqual(['op exp'])
  })

  it('skips by name what belongs to parts that come later', async () => {
    put('optim.json', {
      optimizers: [{ optimizer: 'adamw', case: 'defaults' }],
      schedules: [{ scheduler: 'linear', case: 'short' }],
    })
    put('quant.json', { index: [{ format: 'gptq', case: 'q4', tensors: {} }] })
    put('t/reference.json', { runs: { full: {} } })
    put('real.json', { ...real, prompts: [{ prompt: 'a', prompt_ids: [1], nll_prompt: 2 }] })
    put('clips.json', { weights: { fixture: 'w' }, clips: [{ file: 'f', greedy: [1], text: '' }] })
    expect((await skips()).sort()).toEqual(
      [
        'adamw/defaults',
        'gptq/q4',
        'no-such-fixture/prompt0/ids',
        'no-such-fixture/prompt0/nll_prompt',
        'schedule/short',
        't/full',
        'w/clip0/greedy',
      ].sort(),
    )
    expect(await skips('adamw')).toEqual(['adamw/defaults'])
    expect(await skips('full', 'gptq')).toEqual(['gptq/q4', 't/full'])
    expect(await skips('no-such-fixture')).toHaveLength(2)
  })
})

describe('the filter', () => {
  it('is exact, or has stars', () => {
    const accepts = makeFilter(['llama', 'qwen*', '*neo'])
    expect(['llama', 'qwen2', 'qwen', 'gpt_neo'].map((name) => accepts(name))).not.toContain(false)
    expect(['llama2', 'xllama', 'gpt_neox', 'lla', undefined].some((name) => accepts(name))).toBe(
      false,
    )
    expect(makeFilter(['a.c'])('abc')).toBe(false)
    expect(makeFilter([])('anything')).toBe(true)
  })
})
