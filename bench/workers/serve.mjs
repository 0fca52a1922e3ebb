import { createInterface } from 'node:readline'

/** Answers requests `{ op, ... }` from stdin with the functions of `handlers`, one at a time. */
export async function serve(handlers) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { op, ...request } = JSON.parse(line)
    let answer
    try {
      answer = (await handlers[op](request)) ?? {}
    } catch (error) {
      answer = { error: error.stack ?? String(error) }
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
  process.exit(0)
}

/** Times a decode loop: `next()` yields one token; the first `warm` ones are not counted. */
export async function timeTokens(next, count, warm = 4) {
  for (let i = 0; i < warm; i++) await next()
  const started = performance.now()
  for (let i = 0; i < count; i++) await next()
  return (count * 1000) / (performance.now() - started)
}
