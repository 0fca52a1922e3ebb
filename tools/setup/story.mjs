import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { prepare } from './prepare.mjs'
import { readJson, root } from './workspace.mjs'

const defaults = {
  '--model': join(root, 'packages/tiny-tales/model'),
  '--prompt': 'Once upon a time, a little fox found a',
  '--max-new-tokens': '300',
  '--temperature': '0.7',
  '--top-p': '0.9',
}

/** Prepares the workspace and runs `heddle generate` on the default model. */
export async function story(args) {
  await prepare()
  const given = (name) => args.some((arg) => arg === name || arg.startsWith(`${name}=`))
  const missing = Object.entries(defaults).filter(([name]) => !given(name))
  const folder = join(root, 'packages/heddle')
  const command = join(folder, readJson(join(folder, 'package.json')).bin.heddle)
  // npm runs scripts at the root; paths among the arguments are the caller's.
  const child = spawn(process.execPath, [command, 'generate', ...missing.flat(), ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  process.exitCode = await new Promise((resolve) => {
    child.on('close', (code) => resolve(code ?? 1))
  })
}
