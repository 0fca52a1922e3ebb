import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { requireCargo } from './require-cargo.mjs'
import { run, step } from './steps.mjs'
import { filesBelow, hashOf, packages, readJson, root } from './workspace.mjs'

const stampFile = join(root, 'node_modules/.heddle/setup.json')

/**
 * Brings the workspace to the state that every command needs: dependencies installed, the native
 * addon and the packages built. Each part is skipped when its inputs have not changed since.
 */
export async function prepare(args = []) {
  const frozen = !args.includes('--no-frozen-lockfile')
  const stamps = readStamps()
  await part(stamps, 'install', 'Install dependencies', installState, (log) => install(frozen, log))
  if (args.includes('--install-only')) return
  await part(stamps, 'native', 'Build native code', nativeState, buildNative)
  await part(stamps, 'build', 'Build packages', buildState, buildPackages)
}

async function part(stamps, name, title, state, work) {
  const { key, outputs } = state()
  if (stamps[name] === key && outputs.every((path) => existsSync(join(root, path)))) return
  await step(title, work)
  // Taken again: installing may rewrite the lockfile.
  stamps[name] = state().key
  mkdirSync(dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, JSON.stringify(stamps))
}

function readStamps() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return {}
  }
}

const manifests = () => packages().map(({ folder }) => `${folder}/package.json`)

function installState() {
  const files = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', ...manifests()]
  const folders = packages().filter(
    ({ manifest }) => Object.keys(manifest.dependencies ?? {}).length,
  )
  return {
    key: hashOf(files),
    outputs: ['node_modules/.bin/tsup', ...folders.map(({ folder }) => `${folder}/node_modules`)],
  }
}

async function install(frozen, onOutput) {
  const flag = frozen ? '--frozen-lockfile' : '--no-frozen-lockfile'
  await pnpm(['install', flag], { onOutput })
}

/** Runs the pinned pnpm, or a command that finds it on its PATH. */
function pnpm(args, options) {
  const pinned = readJson(join(root, 'package.json')).packageManager
  return run('npx', ['--yes', pinned, ...args], { shell: process.platform === 'win32', ...options })
}

function nativeState() {
  const addons = ['native/heddle.node']
  return { key: hashOf(filesBelow('native')), outputs: addons }
}

async function buildNative(onOutput) {
  await pnpm(['--filter', '@heddle/native', 'run', 'build'], { env: requireCargo(), onOutput })
}

function buildState() {
  const built = packages().filter(({ manifest }) => manifest.scripts?.build?.startsWith('tsup'))
  const isSource = (file) => !file.endsWith('.test.ts')
  const sources = built.flatMap(({ folder }) => filesBelow(join(folder, 'src')).filter(isSource))
  const shared = ['tsup.config.ts', 'tsconfig.base.json', 'turbo.json', 'pnpm-lock.yaml']
  return {
    key: hashOf([...shared, ...manifests(), ...sources]),
    outputs: built.map(({ folder }) => `${folder}/dist/index.js`),
  }
}

async function buildPackages(onOutput) {
  const filter = '--filter=!@heddle/native'
  await pnpm(['exec', 'turbo', 'run', 'build', filter, '--output-logs=errors-only'], {
    onOutput,
    env: { ...process.env, HEDDLE_DECLARATIONS: 'no', TURBO_TELEMETRY_DISABLED: '1' },
  })
}
