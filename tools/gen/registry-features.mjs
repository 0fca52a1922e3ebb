// Writes the lists of FEATURES.md that a registry knows: architectures and ops. Named to run after the
// generators that write those registries.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const read = (path) => readFileSync(join(root, path), 'utf8')

const models = [
  ...read('packages/models/src/generated/registry.ts').matchAll(/^\s+\['(\w+)', \(\) => import/gm),
]
const ops = [...read('packages/tensor/src/generated/ops.ts').matchAll(/^export \{([^}]+)\}/gm)]
const lists = {
  architectures: models.map((match) => match[1]),
  ops: ops
    .flatMap((match) => match[1].split(',').map((name) => name.trim()))
    .filter(Boolean)
    .sort(),
}

const path = join(root, 'FEATURES.md')
const before = readFileSync(path, 'utf8')
let text = before
for (const [name, items] of Object.entries(lists)) {
  if (items.length === 0) throw new Error(`FEATURES.md: the list of ${name} must not be empty`)
  const mark = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`)
  if (!mark.test(text))
    throw new Error(`FEATURES.md: the mark <!-- generated: ${name} --> is missing`)
  text = text.replace(
    mark,
    (_, from, to) => `${from}${items.map((item) => `\`${item}\``).join(', ')}${to}`,
  )
}
if (text !== before) writeFileSync(path, text)
