import { dirname, join, normalize } from 'node:path'
import { allowedImports, lazyOnly, layers, umbrella } from './layers.mjs'
import { sourceFacts } from './source-facts.mjs'

const scope = '@heddle/'
const isTest = (file) => /\.(test|test-d)\.ts$/.test(file)
const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
const shortName = (name) => (name.startsWith(scope) ? name.slice(scope.length) : undefined)
const ours = (names) =>
  names.map((name) => (name === umbrella ? umbrella : shortName(name))).filter(Boolean)

/**
 * Compares one package with the table. `folder` is its folder, `manifest` its package.json, `files`
 * a map from paths (relative to the repository) to TypeScript source, `forTests` the packages that
 * the workspace installs for all tests.
 * Returns `{ problems, edges, modules }`: problems as lines of text, the packages that it names
 * anywhere, and the graph of value imports between its own files.
 *
 * @param {{ folder: string, manifest: any, files: Record<string, string>, forTests?: string[] }} given
 */
export function checkPackage({ folder, manifest, files, forTests = [] }, table = layers) {
  const name = folder.split('/').at(-1)
  const expected = name === umbrella ? umbrella : `${scope}${name}`
  if (manifest.name !== expected) {
    const rule = `name must be ${expected}; got ${manifest.name}`
    return { problems: [`${folder}/package.json: ${rule}.`], edges: [], modules: {} }
  }
  const allowed = allowedImports(name, table)
  if (!allowed) {
    const rule = `${name} is not in the table. Add it to tools/check-layers/layers.mjs`
    return { problems: [`${folder}/package.json: ${rule}.`], edges: [], modules: {} }
  }
  const facts = Object.entries(files).map(([path, text]) => [path, sourceFacts(path, text)])
  const testFiles = findTestFiles(facts)
  const dependencies = dependenciesOf(manifest)
  const context = { name, ownName: expected, folder, allowed, testFiles, forTests, ...dependencies }
  const problems = checkManifest(context)
  const modules = {}
  for (const [path, { imports, bareErrors }] of facts) {
    for (const found of imports) problems.push(...checkImport(context, path, found))
    if (!testFiles.has(path)) {
      for (const line of bareErrors) {
        problems.push(`${path}:${line}: a plain Error must not be thrown. Throw a HeddleError.`)
      }
    }
    modules[path] = imports
      .filter(({ specifier, isType, isDynamic }) => !isType && !isDynamic && isRelative(specifier))
      .map(({ specifier }) => resolveFrom(path, specifier))
  }
  return { problems, edges: ours([...context.runtime, ...context.development]), modules }
}

const isRelative = (specifier) => specifier?.startsWith('.') ?? false
const resolveFrom = (path, specifier) => normalize(join(dirname(path), specifier))

// Tests, and files that only tests import.
function findTestFiles(facts) {
  const importers = new Map()
  for (const [path, { imports }] of facts) {
    for (const { specifier } of imports.filter(({ specifier }) => isRelative(specifier))) {
      const target = resolveFrom(path, specifier)
      importers.set(target, [...(importers.get(target) ?? []), path])
    }
  }
  const found = new Set(facts.map(([path]) => path).filter(isTest))
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const [path, by] of importers) if (by.every((one) => found.has(one))) found.add(path)
  }
  return found
}

function dependenciesOf(manifest) {
  const names = (...keys) => new Set(keys.flatMap((key) => Object.keys(manifest[key] ?? {})))
  return {
    runtime: names('dependencies', 'peerDependencies', 'optionalDependencies'),
    development: names('devDependencies'),
  }
}

function checkManifest({ name, folder, allowed, runtime }) {
  return ours([...runtime])
    .filter((to) => !allowed.has(to))
    .map((to) => `${folder}/package.json: ${name} must not depend on ${to}.`)
}

function checkImport(context, path, { line, specifier, isType, isDynamic }) {
  const { name, ownName, folder, allowed, runtime, development, forTests } = context
  const where = `${path}:${line}`
  const inTest = context.testFiles.has(path)
  if (specifier === undefined) {
    return inTest ? [] : [`${where}: import() must have a literal; got an expression.`]
  }
  if (isRelative(specifier)) {
    return resolveFrom(path, specifier).startsWith(`${folder}/`) || inTest
      ? []
      : [`${where}: a relative import must stay in ${folder}; got ${specifier}.`]
  }
  if (specifier.startsWith('node:')) return []
  const target = packageOf(specifier)
  const isDeclared =
    runtime.has(target) || development.has(target) || (inTest && forTests.includes(target))
  if (target !== ownName && !isDeclared) {
    return [`${where}: ${target} must be in ${folder}/package.json to be imported.`]
  }
  if (inTest) return []
  if (target !== ownName && !runtime.has(target) && !isType) {
    return [`${where}: ${target} must be a dependency, not a devDependency.`]
  }
  const [to] = ours([target])
  if (!to) return []
  if (to !== name && !allowed.has(to)) return [`${where}: ${name} must not import ${to}.`]
  if (lazyOnly[name]?.includes(to) && !isType && !isDynamic) {
    return [`${where}: ${name} must import ${to} with import(), when it is asked for.`]
  }
  return []
}
