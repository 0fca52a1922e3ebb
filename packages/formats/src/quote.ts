/** A string from a file or a caller, quoted for a message: bounded, on one line. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : describe(value)
  const shown = text.length > 120 ? `${text.slice(0, 120)}...` : text
  // Bidirectional marks would let a name rewrite the line it is printed on.
  return shown.replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (mark) => {
    return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value
}

/** Up to eight names, quoted, and how many more there are. */
export function quoteList(names: readonly string[]): string {
  const shown = names.slice(0, 8).map(quote).join(', ')
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown
}
