import { malformed } from './json.ts'

/** The bytes of a base64 text; throws ERR_TOKENIZER_FORMAT for other text. */
export function decodeBase64(text: string, where: string): Uint8Array {
  let binary: string
  try {
    binary = atob(text)
  } catch {
    throw malformed(where, 'base64 text', text)
  }
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
