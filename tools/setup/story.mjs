import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { readJson, root } from './workspace.mjs'

// Options of `heddle generate` with their short names; without --model it takes the default model.
const defaults = [
  ['--prompt', '-p', 'Once upon a time, a little fox found a'],
  ['--max-new-tokens', '-n', '300'],
  ['--temperature', '-t', '0.7'],
  ['--top-p', undefined, '0.9'],
]

/** The options that `args` does not give, each followed by its default. */
export function missingDefaults(args) {
  const names = new Set(args.map((arg) => arg.replace(/=.*$/s, '')))
  // A short option may have its value attached: -n50.
  const short = new Set(args.filter((arg) => /^-[a-z]/.test(arg)).map((arg) => arg.slice(0, 2)))
  return defaults
    .filter(([name, alias]) => !names.has(name) && !(alias && short.has(alias)))
    .flatMap(([name, , value]) => [name, value])
}

/** Prepares the workspace and runs `heddle generate` on the default model. */
export async function story(args) {
  await prepare()
  const folder = join(root, 'packages/heddle')
  const command = join(folder, readJson(join(folder, 'package.json')).bin.heddle)
  // npm runs scripts at the root; paths among the arguments are the caller's.
  const child = spawn(process.execPath, [command, 'generate', ...missingDefaults(args), ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  process.exitCode = await new Promise((resolve) => {
    child.on('close', (code) => resolve(code ?? 1))
  })
}
