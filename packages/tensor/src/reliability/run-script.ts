import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { HeddleError } from '../errors.ts'

// Runs a script of ./scripts in a Node of its own, on a bundle made of the sources. For tests only.

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
let made: Promise<string> | undefined

/** Path of the bundle; made once per test file. */
export function bundle(): Promise<string> {
  made ??= (async () => {
    const outDir = mkdtempSync(join(tmpdir(), 'heddle-bundle-'))
    process.once('exit', () => rmSync(outDir, { recursive: true, force: true }))
    await build({
      configFile: false,
      root: here('.'),
      logLevel: 'error',
      build: {
        ssr: true,
        outDir,
        minify: false,
        target: 'node20',
        rollupOptions: {
          input: here('./entry.ts'),
          external: ['@heddle/native'],
          output: {
            entryFileNames: 'heddle.mjs',
            paths: {
              '@heddle/native': new URL('../../../../native/index.js', import.meta.url).href,
            },
          },
        },
      },
    })
    return join(outDir, 'heddle.mjs')
  })()
  return made
}

/** How a script ended. `result` is the JSON of its last line on stdout. */
export interface Ended {
  code: number | null
  signal: string | null
  stderr: string
  result: Record<string, unknown>
}

/** Runs scripts/<name>.mjs; `memoryKiB` limits its address space, `flags` are of node. */
export async function runScript(
  name: string,
  options: {
    args?: readonly string[]
    flags?: readonly string[]
    env?: Record<string, string>
    memoryKiB?: number
  } = {},
): Promise<Ended> {
  const { args = [], flags = [], env = {}, memoryKiB } = options
  const file = await bundle()
  const command = [process.execPath, ...flags, here(`./scripts/${name}.mjs`), ...args]
  const limited = memoryKiB
    ? ['bash', '-c', `ulimit -c 0; ulimit -v ${memoryKiB}; exec "$@"`, 'bash', ...command]
    : command
  const child = spawn(limited[0]!, limited.slice(1), {
    env: { ...process.env, NODE_OPTIONS: '', HEDDLE_BUNDLE: file, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (text.stdout += chunk))
  child.stderr.on('data', (chunk) => (text.stderr += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const last = text.stdout.trim().split('\n').at(-1) ?? ''
      try {
        resolve({ code, signal, stderr: text.stderr, result: last === '' ? {} : JSON.parse(last) })
      } catch (cause) {
        reject(new HeddleError('ERR_INTERNAL', `script ${name}: ${text.stdout}`, { cause }))
      }
    })
  })
}

/** What a script that went well leaves. */
export const wentWell = { code: 0, signal: null, stderr: '' }
