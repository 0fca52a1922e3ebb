// Builds and packs this package from its sources, for tests of what a user installs.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('..', import.meta.url))
const requireHere = createRequire(import.meta.url)
const tsupManifest = requireHere.resolve('tsup/package.json')

/** The bundler that comes with tsup. */
export const esbuild: {
  build(options: Record<string, unknown>): Promise<{ outputFiles: readonly { text: string }[] }>
} = createRequire(tsupManifest)('esbuild')

/** A folder with this package in node_modules and nothing else but what its manifest asks for. */
export function installAlone(): { folder: string; names: readonly string[]; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-tokenizers-'))
  const staged = join(folder, 'staged')
  mkdirSync(staged)
  for (const name of ['package.json', 'README.md']) cpSync(join(home, name), join(staged, name))
  const tsup = join(dirname(tsupManifest), 'dist/cli-default.js')
  execFileSync(process.execPath, [tsup, '--out-dir', join(staged, 'dist')], {
    cwd: home,
    env: { ...process.env, HEDDLE_DECLARATIONS: 'no' },
  })
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  execFileSync(
    npm,
    ['pack', '--offline', '--ignore-scripts', '--silent', '--pack-destination', folder],
    {
      cwd: staged,
    },
  )
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!
  const target = join(folder, 'node_modules/@heddle/tokenizers')
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, tarball), '-C', target, '--strip-components=1'])
  rmSync(staged, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'))
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const from = join(home, 'node_modules', name)
    cpSync(from, join(folder, 'node_modules', name), { recursive: true, dereference: true })
  }
  const names = readdirSync(join(folder, 'node_modules'), { recursive: true }) as string[]
  return { folder, names, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
