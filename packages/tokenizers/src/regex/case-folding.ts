// (?i) is expanded by hand: Node 20 has no inline flags, and a flag on the whole pattern would say too much.

const cache = new Map<number, readonly number[]>()

/** All code points equal to `code` under simple case folding, itself first. */
export function caseVariants(code: number): readonly number[] {
  let variants = cache.get(code)
  if (!variants) {
    variants = findVariants(code)
    cache.set(code, variants)
  }
  return variants
}

function findVariants(code: number): readonly number[] {
  const character = String.fromCodePoint(code)
  // What case mapping can never touch: digits, punctuation, most scripts.
  if (!/[\p{Changes_When_Casemapped}\p{Changes_When_Casefolded}\u{130}\u{131}]/u.test(character)) {
    return [code]
  }
  if (code < 128) {
    const other = code ^ 32
    if (code === 75 || code === 107) return [code, other, 0x212a]
    if (code === 83 || code === 115) return [code, other, 0x17f]
    return [code, other]
  }
  const same = new RegExp(`^\\u{${code.toString(16)}}$`, 'iu')
  const found = [code]
  for (let other = 65; other < 0x1e944; other++) {
    if (other === 0xd800) other = 0xe000
    if (other !== code && same.test(String.fromCodePoint(other))) found.push(other)
  }
  return found
}

const closed = /^(?:\\p\{(?:L|N|P|S|Z|C|Nd|Zs|Alphabetic|White_Space|Any|M|Script=\w+)\}|\\t)+$/

/** True for classes that already hold every case of their members. */
export function foldsIntoItself(body: string): boolean {
  return closed.test(body)
}
