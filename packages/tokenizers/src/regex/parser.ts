// Reads Oniguruma patterns (Ruby syntax, the dialect of tokenizer.json) into a tree. Differences that matter:
// `X{1,3}+` repeats the group again instead of being possessive, `^` and `$` are about lines, `\h` is a hex digit.
import { TokenizerError } from '../errors.ts'
import { foldSequence, hasLongFold, withAllCases } from './case-folding.ts'
import { asMember, classSource, escapeCode } from './character-class.ts'
import { digit, hex, posixClass, propertyClass, space, word } from './properties.ts'
import { widthOf, type Assertion, type RegexNode, type RepeatMode } from './tree.ts'

const MAX_LENGTH = 16_384
const MAX_DEPTH = 60
const MAX_REPEAT = 1000

const literalEscapes: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 }

interface Flags {
  readonly ignoreCase: boolean
  readonly dotAll: boolean
  readonly extended: boolean
}

/** Parses one pattern; throws ERR_TOKENIZER_REGEX_UNSUPPORTED for what cannot be carried over exactly. */
export class RegexParser {
  #position = 0
  #depth = 0
  #captures = 0
  #hasNumbers = false
  readonly #names = new Map<string, number>()
  readonly #pattern: string
  readonly #where: string

  constructor(pattern: string, where: string) {
    this.#pattern = pattern
    this.#where = where
    if (pattern.length > MAX_LENGTH) throw this.#fail(`a pattern of ${pattern.length} characters`)
  }

  parse(): RegexNode {
    const node = this.#choice({ ignoreCase: false, dotAll: false, extended: false })
    if (this.#position < this.#pattern.length) throw this.#fail('an unmatched )')
    if (this.#hasNumbers && this.#names.size > 0) {
      throw this.#fail('a numbered back-reference beside named groups')
    }
    return node
  }

  #fail(what: string): TokenizerError {
    const pattern = this.#pattern.length > 60 ? `${this.#pattern.slice(0, 57)}...` : this.#pattern
    return new TokenizerError(
      'ERR_TOKENIZER_REGEX_UNSUPPORTED',
      `${this.#where}: the pattern must stay within what translates to JavaScript exactly; got ${what} at ` +
        `character ${this.#position} of ${JSON.stringify(pattern)}.`,
      { details: { pattern: this.#pattern, offset: this.#position } },
    )
  }

  #eat(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#position)) return false
    this.#position += text.length
    return true
  }

  #match(regex: RegExp): RegExpExecArray | null {
    regex.lastIndex = this.#position
    const found = regex.exec(this.#pattern)
    if (found) this.#position = regex.lastIndex
    return found
  }

  #choice(flags: Flags): RegexNode {
    if (++this.#depth > MAX_DEPTH) throw this.#fail(`more than ${MAX_DEPTH} nested groups`)
    const items: RegexNode[] = []
    do items.push(this.#sequence(flags))
    while (this.#eat('|'))
    this.#depth--
    return items.length === 1 ? items[0]! : { kind: 'choice', items }
  }

  #sequence(flags: Flags): RegexNode {
    const items: RegexNode[] = []
    while (this.#position < this.#pattern.length && !/[|)]/.test(this.#pattern[this.#position]!)) {
      const switched = this.#match(/\(\?([imx]*)(?:-([imx]+))?\)/y)
      if (switched) {
        // (?i) opens a group that ends with the one it is in: a|b(?i)c|d is a|b(?i:c|d).
        items.push(this.#choice(withFlags(flags, switched[1]!, switched[2] ?? '')))
        break
      }
      if (flags.extended && this.#match(/(?:\s+|#[^\n]*)/y)) continue
      const atom = this.#atom(flags)
      if (atom) items.push(this.#repeats(atom, flags))
    }
    const folded = this.#foldCase(items)
    return folded.length === 1 ? folded[0]! : { kind: 'sequence', items: folded }
  }

  /** Turns characters whose case does not count into classes, those that follow each other together. */
  #foldCase(items: readonly RegexNode[]): RegexNode[] {
    const result: RegexNode[] = []
    const run: number[] = []
    const end = () => {
      result.push(...foldSequence(run))
      run.length = 0
    }
    for (const item of items) {
      if (item.kind === 'caseless') run.push(item.code)
      else {
        end()
        result.push(item)
      }
    }
    end()
    return result
  }

  #repeats(atom: RegexNode, flags: Flags): RegexNode {
    let node = atom
    for (;;) {
      if (flags.extended) this.#match(/\s+/y)
      const found = this.#match(/[?*+]|\{(\d+)\}|\{(\d*),(\d*)\}/y)
      if (!found) return node
      if (node.kind === 'caseless') node = { kind: 'sequence', items: this.#foldCase([node]) }
      if (node.kind === 'sequence' && node.items.length === 1) node = node.items[0]!
      const [text, exact, low, high] = found
      if (text === '{,}') throw this.#fail('{,}')
      const min = text === '+' ? 1 : Number(exact ?? (low || 0))
      const max =
        text === '?'
          ? 1
          : text === '*' || text === '+' || high === ''
            ? Infinity
            : Number(exact ?? high)
      if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT))
        throw this.#fail(`the repeat ${text}`)
      if (max < min) throw this.#fail(`the repeat ${text}, which would be possessive in Ruby`)
      const braces = text.startsWith('{')
      // After braces, + is one more repeat (Ruby); ? still makes them lazy, except after {n}.
      const mode = this.#eat('?')
        ? exact === undefined
          ? 'lazy'
          : undefined
        : !braces && this.#eat('+')
          ? 'possessive'
          : 'greedy'
      if (node.kind === 'look' || node.kind === 'assert') throw this.#fail('a repeated assertion')
      // Oniguruma ends such a repeat early.
      const isCounted = min >= 2 || (max >= 2 && max !== Infinity)
      if (isCounted && node.kind !== 'repeat' && widthOf(node).min === 0) {
        throw this.#fail('a counted repeat of something that may be empty')
      }
      node =
        mode === undefined
          ? repeat(repeat(node, min, max, 'greedy'), 0, 1, 'greedy')
          : repeat(node, min, max, mode)
    }
  }

  #atom(flags: Flags): RegexNode | undefined {
    if (this.#eat('(')) return this.#group(flags)
    if (this.#eat('[')) {
      return set(this.#classBody(flags))
    }
    if (this.#eat('.')) return set(flags.dotAll ? '\\p{Any}' : '[^\\n]')
    if (this.#eat('^')) return assertion('lineStart')
    if (this.#eat('$')) return assertion('lineEnd')
    if (this.#eat('\\')) return this.#escape(flags)
    const character = this.#match(/[^]/uy)![0]
    if ('*+?'.includes(character)) throw this.#fail(`${character} with nothing to repeat`)
    return literal(character.codePointAt(0)!, flags)
  }

  #group(flags: Flags): RegexNode | undefined {
    const inner = (at: Flags): RegexNode => {
      const node = this.#choice(at)
      if (!this.#eat(')')) throw this.#fail('an unclosed (')
      return node
    }
    if (this.#eat('?#')) {
      if (!this.#match(/[^)]*\)/y)) throw this.#fail('an unclosed comment')
      return undefined
    }
    const look = this.#match(/\?(<?)([=!])/y)
    if (look) {
      const [, behind, sign] = look
      return { kind: 'look', behind: behind !== '', negative: sign === '!', item: inner(flags) }
    }
    if (this.#eat('?>')) return { kind: 'atomic', item: inner(flags) }
    const options = this.#match(/\?([imx]*)(?:-([imx]+))?:/y)
    if (options) return inner(withFlags(flags, options[1]!, options[2] ?? ''))
    const name = this.#match(/\?(?:<([\p{L}_][\p{L}\p{N}_]*)>|'([\p{L}_][\p{L}\p{N}_]*)')/uy)
    if (!name && this.#pattern[this.#position] === '?') throw this.#fail('this kind of group')
    const index = ++this.#captures
    if (name) {
      const key = name[1] ?? name[2]!
      if (this.#names.has(key)) throw this.#fail(`a second group named ${key}`)
      this.#names.set(key, index)
    }
    return { kind: 'capture', index, item: inner(flags) }
  }

  #escape(flags: Flags): RegexNode {
    const shared = this.#sharedEscape()
    if (shared !== undefined) {
      return typeof shared === 'number' ? literal(shared, flags) : set(shared)
    }
    const back = this.#match(/([1-9]\d*)|k<([\p{L}_][\p{L}\p{N}_]*)>/uy)
    if (back) {
      if (flags.ignoreCase) throw this.#fail('a back-reference that ignores case')
      const index = back[1] === undefined ? this.#names.get(back[2]!) : Number(back[1])
      if (index === undefined || index > this.#captures) {
        throw this.#fail(`\\${back[0]} before its group`)
      }
      this.#hasNumbers ||= back[1] !== undefined
      return { kind: 'backreference', index }
    }
    const letter = this.#match(/[^]/uy)?.[0] ?? ''
    switch (letter) {
      case 'O':
        return set('\\p{Any}')
      case 'N':
        return set('[^\\n]')
      case 'A':
        return assertion('textStart')
      case 'z':
        return assertion('textEnd')
      case 'Z':
        return assertion('textEndOrLastLine')
      case 'b':
        return assertion('wordEdge')
      case 'B':
        return assertion('noWordEdge')
      case 'R':
        return {
          kind: 'atomic',
          item: {
            kind: 'choice',
            items: [
              { kind: 'sequence', items: [set('\\r'), set('\\n')] },
              set('[\\n-\\r\\u{85}\\u{2028}\\u{2029}]'),
            ],
          },
        }
    }
    throw this.#fail(`\\${letter}`)
  }

  /** Escapes that mean the same inside and outside brackets: a code point, or the source of a class. */
  #sharedEscape(): number | string | undefined {
    const property = this.#match(/([pP])\{(\^?)([^}]*)\}/y)
    if (property) {
      const body = propertyClass(property[3]!)
      if (!body) throw this.#fail(`the unknown property ${property[3]}`)
      return classSource(body, (property[1] === 'P') !== (property[2] === '^'))
    }
    const classes: Record<string, string> = { s: space, d: digit, w: word, h: hex }
    const shorthand = this.#match(/[sSdDwWhH]/y)?.[0]
    if (shorthand) {
      const body = classes[shorthand.toLowerCase()]!
      return shorthand === shorthand.toLowerCase() ? `[${body}]` : `[^${body}]`
    }
    const code = this.#match(
      /x\{([0-9A-Fa-f]{1,8})\}|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|0([0-7]{0,2})/y,
    )
    if (code) {
      const value =
        code[4] === undefined
          ? parseInt(code[1] ?? code[2] ?? code[3]!, 16)
          : parseInt(`0${code[4]}`, 8)
      if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        throw this.#fail('a bad code point')
      return value
    }
    const control = this.#match(/[tnvfrae]/y)?.[0]
    if (control) return literalEscapes[control]!
    const other = this.#match(/[^A-Za-z0-9]/uy)?.[0]
    return other?.codePointAt(0)
  }

  /** The source of a bracketed class, after its opening bracket. */
  #classBody(flags: Flags): string {
    if (++this.#depth > MAX_DEPTH) throw this.#fail(`more than ${MAX_DEPTH} nested brackets`)
    const negated = this.#eat('^')
    const operands: string[] = []
    let body = ''
    for (let first = true; ; first = false) {
      if (this.#position >= this.#pattern.length) throw this.#fail('an unclosed [')
      if (!first && this.#eat(']')) break
      if (this.#eat('&&')) {
        operands.push(body)
        body = ''
        continue
      }
      const posix = this.#match(/\[:(\^?)(\w+):\]/y)
      if (posix) {
        const known = posixClass(posix[2]!)
        if (!known) throw this.#fail(`the unknown bracket [:${posix[2]}:]`)
        body += asMember(classSource(known, posix[1] !== ''))
        continue
      }
      if (this.#eat('[')) {
        // Cases are added to the outermost class alone.
        body += asMember(this.#classBody({ ...flags, ignoreCase: false }))
        continue
      }
      const from = this.#classMember()
      if (typeof from === 'string') {
        body += asMember(from)
        continue
      }
      let to: number | string = from
      if (this.#pattern[this.#position] === '-' && this.#pattern[this.#position + 1] !== ']') {
        this.#position++
        to = this.#classMember()
        if (typeof to === 'string' || to < from) throw this.#fail('a bad range')
      }
      if (flags.ignoreCase && !negated && hasLongFold(from, to)) {
        throw this.#fail('a class with a character that stands for several where case is ignored')
      }
      body += from === to ? escapeCode(from) : `${escapeCode(from)}-${escapeCode(to)}`
    }
    this.#depth--
    operands.push(body)
    let inner = operands.length === 1 ? body : operands.map((operand) => `[${operand}]`).join('&&')
    if (flags.ignoreCase) inner = withAllCases(operands.length === 1 ? inner : `[${inner}]`)
    return classSource(inner, negated)
  }

  #classMember(): number | string {
    if (this.#eat('\\')) {
      const shared = this.#sharedEscape()
      if (shared !== undefined) return shared
      if (this.#eat('b')) return 8
      throw this.#fail(`\\${this.#pattern[this.#position] ?? ''} in brackets`)
    }
    return this.#match(/[^]/uy)![0].codePointAt(0)!
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const value = (letter: string, old: boolean) =>
    (on.includes(letter) || old) && !off.includes(letter)
  return {
    ignoreCase: value('i', flags.ignoreCase),
    dotAll: value('m', flags.dotAll),
    extended: value('x', flags.extended),
  }
}

function literal(code: number, flags: Flags): RegexNode {
  return flags.ignoreCase ? { kind: 'caseless', code } : set(escapeCode(code))
}

const set = (source: string): RegexNode => ({ kind: 'set', source })
const assertion = (name: Assertion): RegexNode => ({ kind: 'assert', name })

function repeat(item: RegexNode, min: number, max: number, mode: RepeatMode): RegexNode {
  // (X{a,b}){c,d} over one character with a <= 1 is X{ac,bd}: same matches, no nested loop.
  const nested = item.kind === 'repeat' && item.item.kind === 'set' && item.min <= 1
  if (nested && item.mode === 'greedy' && mode === 'greedy') {
    const most = item.max === 0 || max === 0 ? 0 : item.max * max
    if (most === Infinity || most <= MAX_REPEAT) {
      return { kind: 'repeat', item: item.item, min: item.min * min, max: most, mode }
    }
  }
  return { kind: 'repeat', item, min, max, mode }
}
