import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { prepare } from '../setup/prepare.mjs'
import { requireCargo } from '../setup/require-cargo.mjs'
import { failure } from '../setup/failure.mjs'
import { run, step } from '../setup/steps.mjs'
import { root } from '../setup/workspace.mjs'
import { countCargo, countGoldens, countStatus, countVitest } from './counts.mjs'

const bin = (name) => join(root, 'node_modules/.bin', name)
const script = (path) => join(root, 'tools', path)
// A runner that hangs is a failure, not an endless wait.
const minutes = 25
const report = join(root, 'node_modules/.heddle/vitest.json')

/** Each runner: what it is called, and how it resolves with counts and the output to show. */
const runners = {
  lint: {
    title: 'Lint and format',
    run: tool(bin('biome'), ['check', '--error-on-warnings', '.']),
  },
  types: { title: 'Types', run: tool(bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']) },
  layers: { title: 'Layers', run: tool(process.execPath, [script('check-layers.mjs')]) },
  gen: {
    title: 'Generated files',
    run: tool(process.execPath, [script('generate-all.mjs'), '--check']),
  },
  rust: { title: 'Rust tests', run: rustTests },
  unit: { title: 'TypeScript tests', run: unitTests },
  goldens: { title: 'Goldens', run: goldens },
}

function tool(command, args) {
  return async (onOutput) => {
    const result = await run(command, args, { onOutput, allowFailure: true, minutes })
    return { ...result, counts: countStatus(result) }
  }
}

async function rustTests(onOutput) {
  const args = ['test', '--release', '--workspace', '--locked']
  const cwd = join(root, 'native')
  const options = { cwd, env: requireCargo(), onOutput, allowFailure: true, minutes }
  const result = await run('cargo', args, options)
  return { ...result, counts: countCargo(result) }
}

async function unitTests(onOutput) {
  mkdirSync(join(root, 'node_modules/.heddle'), { recursive: true })
  rmSync(report, { force: true })
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const result = await run(bin('vitest'), args, { onOutput, allowFailure: true, minutes })
  const parsed = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined
  return { ...result, counts: countVitest({ code: result.code, report: parsed }) }
}

async function goldens(onOutput) {
  // Real weights that happen to be on this machine are for `pnpm goldens goldens/real`: minutes, not a test.
  const fixtures = join(root, 'node_modules/.heddle/no-fixtures')
  mkdirSync(fixtures, { recursive: true })
  const passes = [
    { folder: 'goldens', env: {} },
    // The reference level must give the same; the levels between are compared bit by bit elsewhere.
    { folder: 'goldens/models', env: { HEDDLE_ISA: 'scalar' } },
  ]
  const total = { code: 0, output: '', counts: { passed: 0, failed: 0, skipped: 0 } }
  for (const { folder, env } of passes) {
    const options = { env: { ...process.env, HEDDLE_FIXTURES: fixtures, ...env } }
    const args = [script('goldens.mjs'), join(root, folder)]
    const result = await run(process.execPath, args, {
      ...options,
      onOutput,
      allowFailure: true,
      minutes,
    })
    const counts = countGoldens(result)
    for (const key of Object.keys(counts)) total.counts[key] += counts[key]
    total.output += result.output
    total.code ||= result.code
  }
  return total
}

/** Runs the named runners, or all, after setting the workspace up; prints the sum as last line. */
export async function testAll(names) {
  const unknown = names.filter((name) => !runners[name])
  if (unknown.length) {
    const known = Object.keys(runners).join(', ')
    throw failure(`npm test: a runner must be one of ${known}; got ${unknown.join(', ')}.`)
  }
  await prepare()
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const [name, runner] of Object.entries(runners)) {
    if (names.length && !names.includes(name)) continue
    const { counts, output, code } = await runOne(runner)
    for (const key of Object.keys(counts)) total[key] += counts[key]
    if (counts.failed) {
      process.stdout.write(`${output.trimEnd()}\n${runner.title}: ended with ${code}\n\n`)
    }
  }
  if (total.skipped) console.log(`${total.skipped} skipped`)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed ? 1 : 0
}

async function runOne({ title, run: work }) {
  let result
  await step(title, async (onOutput) => {
    result = await work(onOutput)
    const { passed, failed, skipped } = result.counts
    return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
  })
  return result
}
