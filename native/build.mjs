// Builds the addon and puts it beside index.js as heddle.node. Cargo decides what is stale.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const run = spawnSync('cargo', ['build', '--release', '--locked', '-p', 'heddle-node'], {
  cwd: here,
  stdio: 'inherit',
})
if (run.error || run.status !== 0) {
  if (run.error?.code === 'ENOENT')
    console.error('cargo was not found: install Rust 1.89 or newer (https://rustup.rs).')
  process.exit(run.status ?? 1)
}
const metadata = execFileSync(
  'cargo',
  ['metadata', '--format-version', '1', '--no-deps', '--offline'],
  { cwd: here, encoding: 'utf8', maxBuffer: 1 << 26 },
)
const folder = join(JSON.parse(metadata).target_directory, 'release')
const name =
  { darwin: 'libheddle_node.dylib', win32: 'heddle_node.dll' }[process.platform] ??
  'libheddle_node.so'
const from = join(folder, name)
const to = join(here, 'heddle.node')
const same =
  existsSync(to) &&
  statSync(to).size === statSync(from).size &&
  readFileSync(to).equals(readFileSync(from))
if (!same) {
  // A running process may have the old file mapped: replace it, never write into it.
  copyFileSync(from, `${to}.new`)
  renameSync(`${to}.new`, to)
}
