import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { failure } from './failure.mjs'

const needed = [1, 89]

/**
 * The environment in which cargo runs: PATH gets cargo's own folder when cargo is not on it.
 * Fails with one line when cargo is missing or older than native/Cargo.toml asks for.
 */
export function requireCargo(env = process.env) {
  const found = versionOf(env)
  const cargoFolder = join(env.CARGO_HOME || join(homedir(), '.cargo'), 'bin')
  const withFolder = { ...env, PATH: `${env.PATH ?? ''}${delimiter}${cargoFolder}` }
  const usable = found ? env : existsSync(cargoFolder) ? withFolder : undefined
  const version = found ?? (usable && versionOf(usable))
  const what = `heddle needs a Rust toolchain, cargo ${needed.join('.')} or newer`
  if (!usable || !version) throw failure(`${what}; found none. Install Rust with rustup.`)
  if (version[0] < needed[0] || (version[0] === needed[0] && version[1] < needed[1])) {
    throw failure(`${what}; got ${version.join('.')}. Run \`rustup update stable\`.`)
  }
  return usable
}

function versionOf(env) {
  const result = spawnSync('cargo', ['--version'], { env, encoding: 'utf8' })
  const match = /^cargo (\d+)\.(\d+)/.exec(result.stdout ?? '')
  return match ? [Number(match[1]), Number(match[2])] : undefined
}
