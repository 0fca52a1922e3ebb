import { TokenizerError } from '../../errors.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The lines of a UTF-8 text, without a byte-order mark, line ends and the empty line behind the last one. */
export function textLines(bytes: Uint8Array, name: string): string[] {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch (cause) {
    throw new TokenizerError(
      'ERR_TOKENIZER_FORMAT',
      `${name}: must be UTF-8 text; got other bytes.`,
      {
        cause,
      },
    )
  }
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
