import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { requireCargo } from './require-cargo.mjs'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-cargo-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function fakeCargo(at: string, version: string) {
  mkdirSync(at, { recursive: true })
  writeFileSync(join(at, 'cargo'), `#!/bin/sh\necho "cargo ${version}"\n`, { mode: 0o755 })
}

function environmentWith(version?: string) {
  if (version) fakeCargo(folder, version)
  return { PATH: folder, CARGO_HOME: join(folder, 'home') }
}

it('accepts the oldest cargo that the native code allows, and newer ones', () => {
  for (const version of ['1.89.0 (0c5e1ac0 2025-07-25)', '1.95.0', '2.0.0']) {
    const env = environmentWith(version)
    expect(requireCargo(env)).toBe(env)
  }
})

it('says in one line what to do about an old cargo', () => {
  expect(() => requireCargo(environmentWith('1.88.0 (abc 2025-05-12)'))).toThrow(
    'heddle needs a Rust toolchain, cargo 1.89 or newer; got 1.88. Run `rustup update stable`.',
  )
})

it('says in one line what to install when there is no cargo', () => {
  expect(() => requireCargo(environmentWith())).toThrow(
    'heddle needs a Rust toolchain, cargo 1.89 or newer; found none. Install Rust with rustup.',
  )
})

it('finds cargo in its own folder when it is not on PATH', () => {
  fakeCargo(join(folder, 'home/bin'), '1.95.0')
  const env = { PATH: join(folder, 'empty'), CARGO_HOME: join(folder, 'home') }
  expect(requireCargo(env).PATH).toBe(`${env.PATH}${delimiter}${join(folder, 'home/bin')}`)
})
