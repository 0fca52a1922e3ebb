// Collects results. One line per failure (what, where, largest difference and bound), a tally of skips by
// name, and last `N passed, N failed, N skipped`.

export class Report {
  #passed = 0
  #failed = 0
  #skipped = 0
  #skips = new Map()
  #results = []
  #options
  #current = ''

  constructor(options = {}) {
    this.#options = options
  }

  /** Names the golden that runs now (shown on a terminal). */
  start(name) {
    this.#current = name
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name}`)
  }

  pass(name) {
    this.#passed++
    this.#record(name, 'passed')
    if (this.#options.verbose) this.#line(`ok   ${name}`)
  }

  /** @param what where it differs, the largest difference and the bound */
  fail(name, what) {
    this.#failed++
    this.#record(name, 'failed', what)
    if (!this.#options.json) this.#line(`FAIL ${name}: ${String(what).split('\n')[0]}`)
  }

  /** @param why one short reason; equal reasons are counted together */
  skip(name, why) {
    this.#skipped++
    this.#record(name, 'skipped', why)
    if (!this.#skips.has(why)) this.#skips.set(why, [])
    this.#skips.get(why).push(name)
  }

  /** Passes when `difference` is undefined, else fails with it. */
  check(name, difference) {
    if (difference === undefined) this.pass(name)
    else this.fail(name, difference)
  }

  /** Prints the end and returns the exit status: 1 when anything failed or nothing was recognised. */
  end() {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    const nothing = this.#passed + this.#failed + this.#skipped === 0
    const tally = `${this.#passed} passed, ${this.#failed} failed, ${this.#skipped} skipped`
    if (this.#options.json) console.log(JSON.stringify(this.#results, null, 1))
    else {
      for (const [why, names] of this.#skips) {
        const shown = names.slice(0, 6).join(', ')
        console.log(`skip ${names.length} x ${why}: ${shown}${names.length > 6 ? ', ...' : ''}`)
      }
      if (nothing) console.log('goldens: no golden was recognised (is the filter right?)')
    }
    ;(this.#options.json ? console.error : console.log)(tally)
    return this.#failed > 0 || nothing ? 1 : 0
  }

  #record(name, status, detail) {
    if (this.#options.json) this.#results.push({ name, status, ...(detail ? { detail } : {}) })
  }

  #line(text) {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    console.log(text)
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${this.#current}`)
  }
}
