// Finds goldens below a folder, runs them against the built packages and reports one result per case and output.
import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { discover } from './discover.mjs'
import { makeFilter } from './filter.mjs'
import { Report } from './report.mjs'

const usage = `usage: pnpm goldens DIR [--filter NAME,NA*ME] [--list] [--json] [--verbose]

Runs every golden at and below DIR (relative to the folder you are in). A filter is an exact name or one
with '*': the model_type of a checkpoint, the fixture of a real model, the file stem of a tokenizer, else an
op, optimizer, schedule, format, group or case. Exits with 1 when a golden failed or none was recognised.`

/** Runs the command; resolves to its exit status. */
export async function main(argv, { load = library } = {}) {
  const options = parse(argv)
  if (options.help) return say(usage, 0)
  if (options.wrong) return say(`goldens: ${options.wrong}\n${usage}`, 2)
  const folder = resolve(callersFolder(), options.folder)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    return say(`goldens: DIR must be a folder; got ${options.folder}.`, 2)
  }
  const sources = discover(folder, makeFilter(options.filters))
  if (options.list) {
    for (const source of sources) console.log(`${source.kind.padEnd(12)} ${source.name}`)
    return sources.length > 0 ? 0 : 1
  }
  const report = new Report(options)
  if (sources.length > 0) await runAll(sources, report, await load())
  return report.end()
}

async function runAll(sources, report, heddle) {
  for (const source of sources) {
    report.start(source.name)
    try {
      await source.run({ heddle, report })
    } catch (error) {
      report.fail(source.name, describe(error))
    }
  }
}

// npm and pnpm run a script at the workspace root and leave the caller's folder in INIT_CWD. Below another
// script (`npm test`) the variable says nothing about this command.
function callersFolder() {
  const { INIT_CWD, npm_lifecycle_event } = process.env
  return npm_lifecycle_event === 'goldens' && INIT_CWD ? INIT_CWD : process.cwd()
}

async function library() {
  const entry = new URL('../../packages/heddle/dist/index.js', import.meta.url)
  if (!existsSync(entry)) {
    throw new ReferenceError('goldens: the packages must be built. Run `npm run setup` first.')
  }
  return import(entry)
}

const describe = (error) => `${error?.code ?? error?.name ?? ''} ${error?.message ?? error}`.trim()

function parse(argv) {
  const options = { filters: [], json: false, list: false, verbose: false }
  for (let i = 0; i < argv.length; i++) {
    const [flag, inline] = argv[i].split(/=(.*)/s)
    if (flag === '--') continue
    if (flag === '--filter') {
      const names = (inline ?? argv[++i] ?? '').split(',').map((name) => name.trim())
      options.filters.push(...names.filter(Boolean))
      if (!names.some(Boolean)) options.wrong ??= '--filter needs names.'
    } else if (flag === '--help' || flag === '-h') options.help = true
    else if (['--json', '--list', '--verbose'].includes(flag)) options[flag.slice(2)] = true
    else if (flag.startsWith('-')) options.wrong ??= `${flag} is not an option.`
    else if (options.folder !== undefined)
      options.wrong ??= `one folder at a time; got ${argv[i]} too.`
    else options.folder = argv[i]
  }
  if (options.folder === undefined) options.wrong ??= 'a folder is needed.'
  return options
}

function say(text, status) {
  ;(status === 0 ? console.log : console.error)(text)
  return status
}
