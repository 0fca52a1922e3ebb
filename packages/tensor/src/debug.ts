// HEDDLE_DEBUG=1: remembers where commands were enqueued, so that an error that surfaces at a fence can
// name the line of JavaScript that caused it.

const enabled = (process.env['HEDDLE_DEBUG'] ?? '') !== '' && process.env['HEDDLE_DEBUG'] !== '0'
const keep = 100_000
const sites = new Map<number, string>()
let sequence = 0

/** Counts a kernel command (native counts the same way) and remembers its call site in debug mode. */
export function recordSite(): void {
  sequence++
  if (!enabled) return
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, recordSite)
  sites.set(sequence, holder.stack?.split('\n').slice(1, 12).join('\n') ?? '')
  if (sites.size > keep) sites.delete(sites.keys().next().value!)
}

/** Call site of a command by its native sequence number, '' when unknown. */
export function siteOf(number: number): string {
  return sites.get(number) ?? ''
}
