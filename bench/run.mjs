// `pnpm bench [area]`: see README.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { prepare } from '../tools/setup/prepare.mjs'
import { replaceSection } from './measure/results.mjs'

const areas = {
  lm: async (options) => (await import('./areas/lm.mjs')).lm(options),
  quant: async (options) => (await import('./areas/quant.mjs')).quant(options),
  loop: async (options) => (await import('./areas/loop.mjs')).loop(options),
  hostile: async (options) => (await import('./areas/hostile.mjs')).hostile(options),
  soak: async (options) => (await import('./areas/soak.mjs')).soak(options),
  tokenizers: async (options) => (await import('./areas/tokenizers.mjs')).tokenizers(options),
}
const results = fileURLToPath(new URL('results.md', import.meta.url))

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      threads: { type: 'string' },
      model: { type: 'string' },
      without: { type: 'string' },
      'no-write': { type: 'boolean' },
    },
  })
  const names = positionals.length ? positionals : ['lm']
  const unknown = names.find((name) => !areas[name])
  if (unknown) {
    console.error(`bench: area must be one of ${Object.keys(areas).join(', ')}; got ${unknown}.`)
    process.exitCode = 1
    return
  }
  await prepare()
  const number = (text) => (text === undefined ? undefined : Number(text))
  const isTerminal = process.stderr.isTTY
  const log = (text) => process.stderr.write(isTerminal ? `\r\x1b[2K  ${text}` : `  ${text}\n`)
  for (const name of names) {
    const model = values.model && resolve(process.env.INIT_CWD ?? '.', values.model)
    const report = await areas[name]({
      rounds: number(values.rounds),
      threads: number(values.threads),
      model,
      without: values.without,
      log,
    })
    if (isTerminal) process.stderr.write('\r\x1b[2K')
    console.log(`\n## ${name}\n\n${report}\n`)
    // Numbers of another model, other rounds or fewer peers are for the terminal only.
    if (values['no-write'] || model || values.rounds || values.without) continue
    const before = existsSync(results) ? readFileSync(results, 'utf8') : ''
    writeFileSync(results, replaceSection(before, name, report))
  }
}

main().catch((error) => {
  console.error(error.shown ? error.message : error)
  process.exitCode = 1
})
