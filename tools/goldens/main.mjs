// Finds goldens below a folder, runs them against the built packages and reports one result per case and output.
import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { discover } from './discover.mjs'
import { makeFilter } from './filter.mjs'
import { Report } from './report.mjs'

const usage = `usage: pnpm goldens DIR [--filter NAME,NA*ME] [--list] [--json] [--verbose]

Runs every golden below DIR (relative to the folder you are in). A filter is an exact name or one with
'*': the model_type of a checkpoint, the fixture of a real model, the file stem of a tokenizer, else an
op, optimizer, schedule, format, group or case.`

/** Runs the command; resolves to its exit status. */
export async function main(argv) {
  const options = parse(argv)
  if (options.help) return say(usage, 0)
  if (!options.folder) return say(`goldens: a folder is needed.\n${usage}`, 2)
  // npm and pnpm run scripts at the workspace root and leave the caller's folder here.
  const folder = resolve(process.env.INIT_CWD ?? process.cwd(), options.folder)
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    return say(`goldens: DIR must be a folder; got ${options.folder}.`, 2)
  }
  const sources = discover(folder, makeFilter(options.filters))
  if (options.list) {
    for (const source of sources) console.log(`${source.kind.padEnd(12)} ${source.name}`)
    return sources.length > 0 ? 0 : 1
  }
  const report = new Report(options)
  if (sources.length > 0) {
    const heddle = await library()
    for (const source of sources) {
      report.start(source.name)
      try {
        await source.run({ heddle, report })
      } catch (error) {
        report.fail(source.name, describe(error))
      }
    }
  }
  return report.end()
}

async function library() {
  const entry = new URL('../../packages/heddle/dist/index.js', import.meta.url)
  if (!existsSync(entry))
    throw new Error('goldens: the packages must be built. Run `npm run setup` first.')
  return import(entry)
}

const describe = (error) => `${error?.code ? `${error.code} ` : ''}${error?.message ?? error}`

function parse(argv) {
  const options = { filters: [], json: false, list: false, verbose: false }
  for (let i = 0; i < argv.length; i++) {
    const [flag, inline] = argv[i].split(/=(.*)/s)
    if (flag === '--') continue
    if (flag === '--filter')
      options.filters.push(...(inline ?? argv[++i] ?? '').split(',').filter(Boolean))
    else if (flag === '--json') options.json = true
    else if (flag === '--list') options.list = true
    else if (flag === '--verbose') options.verbose = true
    else if (flag === '--help' || flag === '-h') options.help = true
    else if (flag.startsWith('-') || options.folder) return { help: false, filters: [] }
    else options.folder = flag
  }
  return options
}

function say(text, status) {
  ;(status === 0 ? console.log : console.error)(text)
  return status
}
