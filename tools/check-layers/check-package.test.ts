import { describe, expect, it } from 'vitest'
import { checkPackage } from './check-package.mjs'
import { findCycles } from './find-cycles.mjs'
import { allowedImports, layers } from './layers.mjs'

const workspace = 'workspace:*'

function problemsOf(source: string, options: { file?: string; dependencies?: string[] } = {}) {
  const { file = 'packages/nn/src/linear.ts', dependencies = ['@heddle/tensor'] } = options
  const manifest = {
    name: '@heddle/nn',
    dependencies: Object.fromEntries(dependencies.map((name) => [name, workspace])),
    devDependencies: { '@heddle/models': workspace },
  }
  return checkPackage({ folder: 'packages/nn', manifest, files: { [file]: source } }).problems
}

describe('the table of layers', () => {
  it('allows what an allowed package may import', () => {
    expect(allowedImports('models')).toContain('native')
    expect(allowedImports('tokenizers')?.size).toBe(0)
  })

  it('has no cycle and names only packages that it has', () => {
    expect(findCycles(layers)).toEqual([])
    const named = Object.values(layers).flat()
    expect(named.filter((name) => !(name in layers))).toEqual([])
  })

  it('lets nothing import heddle', () => {
    expect(Object.values(layers).flat()).not.toContain('heddle')
  })
})

describe('checkPackage', () => {
  it('accepts an import that the table allows', () => {
    expect(problemsOf("import { tensor } from '@heddle/tensor'\n")).toEqual([])
  })

  it('rejects an import against the direction of the layers', () => {
    const source = "\nimport { generate } from '@heddle/generation'\n"
    const dependencies = ['@heddle/tensor', '@heddle/generation']
    expect(problemsOf(source, { dependencies })).toEqual([
      'packages/nn/package.json: nn must not depend on generation.',
      'packages/nn/src/linear.ts:2: nn must not import generation.',
    ])
  })

  it('lets nothing depend on the umbrella package', () => {
    expect(problemsOf("import 'heddle'", { dependencies: ['heddle'] })).toEqual([
      'packages/nn/package.json: nn must not depend on heddle.',
      'packages/nn/src/linear.ts:1: nn must not import heddle.',
    ])
  })

  it('rejects re-exports, import types and dynamic imports in the same way', () => {
    const dependencies = ['@heddle/tensor', '@heddle/cache']
    for (const source of [
      "export * from '@heddle/cache'",
      "export type Cache = import('@heddle/cache').KVCache",
      "const cache = await import('@heddle/cache')",
    ]) {
      expect(problemsOf(source, { dependencies }), source).toContain(
        'packages/nn/src/linear.ts:1: nn must not import cache.',
      )
    }
  })

  it('rejects an import that package.json does not declare', () => {
    expect(problemsOf("import ts from 'typescript'")).toEqual([
      'packages/nn/src/linear.ts:1: typescript must be in packages/nn/package.json to be imported.',
    ])
  })

  it('lets a test import devDependencies, and only a test', () => {
    const source = "import { AutoConfig } from '@heddle/models'"
    expect(problemsOf(source, { file: 'packages/nn/src/linear.test.ts' })).toEqual([])
    expect(problemsOf(source)).toEqual([
      'packages/nn/src/linear.ts:1: @heddle/models must be a dependency, not a devDependency.',
    ])
  })

  it('takes a file that only tests import for a part of the tests', () => {
    const files = {
      'packages/nn/src/a.test.ts': "import './suite.ts'",
      'packages/nn/src/suite.ts': "import 'vitest'\nimport './cases.ts'",
      'packages/nn/src/cases.ts': "throw new Error('no')",
    }
    const check = (more: object) => {
      const given = {
        folder: 'packages/nn',
        manifest: { name: '@heddle/nn' },
        forTests: ['vitest'],
      }
      return checkPackage({ ...given, files: { ...files, ...more } }).problems
    }
    expect(check({})).toEqual([])
    expect(check({ 'packages/nn/src/index.ts': "import './suite.ts'" })).toEqual([
      'packages/nn/src/suite.ts:1: vitest must be in packages/nn/package.json to be imported.',
      'packages/nn/src/cases.ts:1: a plain Error must not be thrown. Throw a HeddleError.',
    ])
  })

  it('rejects a relative import that leaves the package', () => {
    expect(problemsOf("import { x } from '../../tensor/src/index.ts'")).toEqual([
      'packages/nn/src/linear.ts:1: a relative import must stay in packages/nn; got ../../tensor/src/index.ts.',
    ])
  })

  it('rejects a dynamic import of anything but a literal', () => {
    expect(problemsOf('const load = (name: string) => import(`./${name}.ts`)')).toEqual([
      'packages/nn/src/linear.ts:1: import() must have a literal; got an expression.',
    ])
  })

  it('rejects plain errors outside tests, and does not mistake text for code', () => {
    const line = 'a plain Error must not be thrown. Throw a HeddleError.'
    expect(problemsOf("throw new Error('no')")).toEqual([`packages/nn/src/linear.ts:1: ${line}`])
    expect(problemsOf("reject(new Error('no'))")).toEqual([`packages/nn/src/linear.ts:1: ${line}`])
    expect(problemsOf("// throw new Error(\nconst text = 'throw new Error('")).toEqual([])
    const file = 'packages/nn/src/linear.test.ts'
    expect(problemsOf("throw new Error('no')", { file })).toEqual([])
  })

  it('asks for a name that follows the folder, and for a place in the table', () => {
    const check = (folder: string, name: string) =>
      checkPackage({ folder, manifest: { name }, files: {} }).problems
    expect(check('packages/nn', '@heddle/layers')).toEqual([
      'packages/nn/package.json: name must be @heddle/nn; got @heddle/layers.',
    ])
    expect(check('packages/heddle', 'heddle')).toEqual([])
    expect(check('packages/vision', '@heddle/vision')[0]).toMatch(/vision is not in the table/)
  })

  it('reports the graph of value imports between files', () => {
    const files = {
      'packages/nn/src/a.ts': "import { b } from './b.ts'",
      'packages/nn/src/b.ts': "import { a } from './a.ts'",
      'packages/nn/src/c.ts': "import type { d } from './d.ts'",
      'packages/nn/src/d.ts': "import { c } from './c.ts'",
    }
    const manifest = { name: '@heddle/nn' }
    const { modules } = checkPackage({ folder: 'packages/nn', manifest, files })
    expect(findCycles(modules)).toEqual([
      ['packages/nn/src/a.ts', 'packages/nn/src/b.ts', 'packages/nn/src/a.ts'],
    ])
  })
})
