/** A vocabulary of the 256 characters that stand for bytes, in the order of the bytes. */
export function bytesToCharacters(): Record<string, number> {
  const printable = (byte: number) =>
    (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte < 0x100 && byte !== 0xad)
  let next = 0x100
  const characters = Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printable(byte) ? byte : next++),
  )
  return Object.fromEntries(characters.map((character, byte) => [character, byte]))
}
