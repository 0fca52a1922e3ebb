/** The JSON value that begins at `start` (white space aside) and where it ends; undefined when there is none. */
export function parseJsonPrefix(
  text: string,
  start: number,
): { readonly value: unknown; readonly end: number } | undefined {
  const end = valueEnd(text, start)
  if (end === undefined) return undefined
  try {
    return { value: JSON.parse(text.slice(start, end)) as unknown, end }
  } catch {
    return undefined
  }
}

/** Where the brackets that open at `start` are closed; undefined when they are not, or when none opens. */
export function valueEnd(text: string, start: number): number | undefined {
  let depth = 0
  for (let i = start; i < text.length; i++) {
    switch (text[i]) {
      case '"':
        for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++
        if (i >= text.length) return undefined
        break
      case '{':
      case '[':
        depth++
        break
      case '}':
      case ']':
        depth--
        if (depth === 0) return i + 1
        if (depth < 0) return undefined
        break
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        break
      default:
        if (depth === 0) return undefined
    }
  }
  return undefined
}
