// Results go to stdout, everything else to stderr, and only a terminal is told about progress.

/** Writes a result to stdout and waits while the reader is slower than we are. */
export function write(text: string): Promise<void> {
  return new Promise((resolve) => {
    if (text === '' || process.stdout.write(text)) resolve()
    else process.stdout.once('drain', resolve)
  })
}

/** Writes one JSON value as a result. */
export function writeJson(value: unknown): Promise<void> {
  return write(`${JSON.stringify(value, null, process.stdout.isTTY ? 2 : undefined)}\n`)
}

/** A line of facts after a result, for people at a terminal. */
export function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\x1b[2m${text}\x1b[0m\n`)
}

/** One line on a terminal's stderr that is rewritten as work goes on. */
export class Progress {
  readonly #isShown = process.stderr.isTTY === true
  #drawn = ''
  #drawnAt = 0

  /** Shows `text` in place of the line before; at most some 20 times a second. */
  show(text: string): void {
    const now = performance.now()
    if (!this.#isShown || text === this.#drawn || now - this.#drawnAt < 50) return
    process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`)
    this.#drawn = text
    this.#drawnAt = now
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#drawn !== '') process.stderr.write('\r\x1b[2K')
    this.#drawn = ''
  }
}

/** Bytes as people read them: `11.0 MB`. */
export function megabytes(bytes: number): string {
  const [value, unit] = bytes >= 1e9 ? [bytes / 1e9, 'GB'] : [bytes / 1e6, 'MB']
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`
}

/** A count as people read it: `5.40 M`. */
export function count(value: number): string {
  for (const [size, unit] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'K'],
  ] as const) {
    if (value >= size) return `${(value / size).toFixed(2)} ${unit}`
  }
  return String(value)
}

/** A rate as people read it: `88.1`, `2143`. */
export function rate(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0)
}
