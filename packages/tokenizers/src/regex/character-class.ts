// Classes are written for JavaScript's flag u. Flag v could nest and intersect them, but V8 up to Node 20 forgets a
// negation there when it unrolls a repeat; so what nests is spelled out as ranges.

/** The source of a class with the members of `body`, which may hold classes in brackets and intersections. */
export function classSource(body: string, negated: boolean): string {
  const whole = negated ? `[^${body}]` : `[${body}]`
  if (!body.includes('[') && !body.includes('&&')) return whole
  // One class in brackets is the class, or its contrary.
  const inner = /^\[(\^?)([^[\]]+)\]$/.exec(body)
  if (inner) return (inner[1] === '^') !== negated ? `[^${inner[2]}]` : `[${inner[2]}]`
  return spelledOut(whole)
}

/** A class as a member of another one, without brackets where that can be. */
export function asMember(source: string): string {
  const plain = /^\[([^^[\]][^[\]]*)\]$/.exec(source)
  if (plain) return plain[1]!
  const property = /^\[\^\\p\{([^}]*)\}\]$/.exec(source)
  return property ? `\\P{${property[1]}}` : source
}

const spelled = new Map<string, string>()

function spelledOut(source: string): string {
  let result = spelled.get(source)
  if (result === undefined) {
    const test = new RegExp(source, 'v')
    result = '['
    let start = -1
    for (let code = 0; code <= 0x110000; code++) {
      // Surrogates are no characters: a range goes on over them.
      if (code === 0xd800) code = 0xe000
      const isMember = code < 0x110000 && test.test(String.fromCodePoint(code))
      if (isMember === start >= 0) continue
      if (isMember) start = code
      else {
        const last = code === 0xe000 ? 0xd7ff : code - 1
        result += escapeCode(start) + (last > start ? `-${escapeCode(last)}` : '')
        start = -1
      }
    }
    result += ']'
    spelled.set(source, result)
  }
  return result
}

/** One code point as a class or a pattern has it. */
export const escapeCode = (code: number): string => `\\u{${code.toString(16)}}`

/** True when no character is in both of two classes. */
export function areDisjoint(a: string, b: string): boolean {
  if (a === `[^${b.slice(1)}` || b === `[^${a.slice(1)}`) return true
  return !new RegExp(`[${a}&&${b}]`, 'v').test(everyCharacter())
}

let everything = ''

function everyCharacter(): string {
  if (everything === '') {
    const parts: string[] = []
    for (let code = 0; code < 0x110000; code++) {
      if (code < 0xd800 || code > 0xdfff) parts.push(String.fromCodePoint(code))
    }
    everything = parts.join('')
  }
  return everything
}
