import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * A long-lived child that answers one JSON line on stdout for each JSON line on stdin, so that
 * weights load once and rounds of several peers can alternate.
 */
export class WorkerProcess {
  #child
  #waiting = []
  #errors = ''
  #ended

  /** `env` is added to this process's environment. */
  constructor(name, command, args, env = {}) {
    this.name = name
    this.#child = spawn(command, args.map(String), { env: { ...process.env, ...env } })
    this.#child.stderr.on('data', (chunk) => {
      this.#errors = (this.#errors + chunk).slice(-4000)
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      // Libraries print to stdout too; only objects are answers.
      if (line.startsWith('{')) this.#waiting.shift()?.resolve(line)
    })
    this.#child.on('error', (error) => this.#fail(error.message))
    this.#child.on('close', (code) => this.#fail(`ended with status ${code}\n${this.#errors}`))
    this.#child.stdin.on('error', () => {})
  }

  /** Sends one request and resolves with its answer. */
  async ask(request) {
    if (this.#ended) throw new Error(`${this.name}: ${this.#ended}`)
    const answer = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const parsed = JSON.parse(await answer)
    if (parsed.error) throw new Error(`${this.name}: ${parsed.error}`)
    return parsed
  }

  /** Ends the child. */
  async close() {
    const closed = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    if (!this.#ended) await closed
    clearTimeout(timer)
  }

  #fail(reason) {
    this.#ended ??= reason
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${this.name}: ${reason}`))
  }
}
