import { spawn } from 'node:child_process'
import { failure } from './failure.mjs'
import { root } from './workspace.mjs'

const isTerminal = process.stderr.isTTY && !process.env.CI

/** A number of milliseconds as a person reads it: `0.4 s`, `1 min 12 s`. */
export function duration(ms) {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

/**
 * Shows one step on stderr while `work` runs: a live line with the newest output on a terminal,
 * otherwise a line at the start and one at the end. `work` gets a function that takes output.
 */
export async function step(name, work) {
  const started = performance.now()
  const elapsed = () => duration(performance.now() - started)
  let newest = ''
  const draw = () => {
    const width = (process.stderr.columns ?? 80) - 1
    process.stderr.write(`\r\x1b[2K${`  ${name}  ${elapsed()}  ${newest}`.slice(0, width)}`)
  }
  const timer = isTerminal ? setInterval(draw, 100) : undefined
  if (!isTerminal) process.stderr.write(`  ${name} ...\n`)
  const finish = (mark, note) => {
    clearInterval(timer)
    const line = `${mark} ${name}  ${note ? `${note}, ` : ''}${elapsed()}\n`
    process.stderr.write(isTerminal ? `\r\x1b[2K${line}` : line)
  }
  try {
    const note = await work((text) => {
      newest =
        text
          .trim()
          .split('\n')
          .at(-1)
          .replace(/\x1b\[[0-9;]*[A-Za-z]/g, '') || newest
    })
    finish('+', typeof note === 'string' ? note : '')
    return note
  } catch (error) {
    finish('x', 'failed')
    throw error
  }
}

// A process group of its own does not get the terminal's Ctrl-C.
function killWithUs(kill) {
  const stop = () => {
    kill()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop)
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop)
  }
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/**
 * Runs a command in the workspace and resolves with `{ code, output }`. Without `allowFailure` a
 * status other than 0 is an error that holds the end of the output. After `minutes` the command and
 * what it started are killed; its code is then `timeout`.
 */
export function run(command, args, options = {}) {
  const { env = process.env, cwd = root, shell = false, onOutput, allowFailure = false } = options
  const { minutes } = options
  return new Promise((resolvePromise, reject) => {
    const stdio = ['ignore', 'pipe', 'pipe']
    // With a limit the command leads a process group, so that all of it can be killed.
    const detached = minutes !== undefined && process.platform !== 'win32'
    const child = spawn(command, args, { cwd, env, shell, stdio, detached })
    const kill = () => (detached ? killGroup(child.pid) : child.kill('SIGKILL'))
    let isLate = false
    const onLate = () => {
      isLate = true
      kill()
    }
    const timer = minutes && setTimeout(onLate, minutes * 60_000)
    const release = detached ? killWithUs(kill) : () => {}
    const chunks = []
    const take = (chunk) => {
      chunks.push(chunk)
      onOutput?.(chunk.toString())
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => {
      reject(failure(`${command}: could not be started; got ${error.code}. Is it installed?`))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      release()
      if (isLate) chunks.push(Buffer.from(`\nStopped: not done after ${minutes} minutes.\n`))
      const output = Buffer.concat(chunks).toString()
      const status = isLate ? 'timeout' : (code ?? `signal ${signal}`)
      if (status === 0 || allowFailure) return resolvePromise({ code: status, output })
      const tail = output.trimEnd().split('\n').slice(-60).join('\n')
      const line = [command, ...args].join(' ')
      reject(failure(`${tail}\n\n${line}: must end with status 0; got ${status}.`))
    })
  })
}
