// A backtracking search that remembers: a choice that failed at a place fails there for ever, wherever the match was
// to begin. So every choice is tried once per place, and a whole search takes time in proportion to the text.
import type { CharacterTable } from '../character-table.ts'
import { TokenizerError } from '../errors.ts'
import { isWordAt, isWordBefore } from './word-edge.ts'
import * as Op from './program.ts'
import type { Program, Programs } from './program.ts'

// What is remembered of a choice at a place. In atomic groups, MATCHED and more is where the match ends, plus MATCHED.
const UNKNOWN = 0
const FAILED = 1
const MATCHED = 2

const MAX_MEMORY = 2 ** 30

/** Finds the matches of a compiled pattern in linear time. */
export class LinearMatcher {
  readonly #programs: readonly Program[]
  readonly #tables: readonly CharacterTable[]
  // The main program remembers failures, in bits; the others also where they succeed.
  #failures = new Uint32Array(0)
  readonly #results: (Uint8Array | Int32Array)[] = []
  // Per program, loops that have begun at a place and not ended: a body that matches nothing ends them.
  readonly #open: Uint8Array[] = []
  #stack = new Int32Array(1024)
  #top = 0
  #text = ''

  constructor({ programs, tables }: Programs) {
    this.#programs = programs
    this.#tables = tables
  }

  /** Appends start and end of every match, `offset` added; empty matches as Oniguruma's search gives them. */
  findAll(text: string, offset: number, matches: number[]): void {
    if (text === '') return
    this.#begin(text)
    let lastEnd = -1
    for (let start = 0; start <= text.length; ) {
      const end = this.#run(0, start)
      if (end < 0 || (end === start && end === lastEnd)) {
        start += start < text.length && text.codePointAt(start)! > 0xffff ? 2 : 1
        continue
      }
      matches.push(offset + start, offset + end)
      // An empty match is found again, and passed by.
      start = end
      lastEnd = end
    }
    this.#text = ''
  }

  #begin(text: string): void {
    this.#text = text
    this.#top = 0
    const places = text.length + 1
    let bytes = 0
    for (const { choiceCount, isAtomic, hasLoops } of this.#programs) {
      bytes += choiceCount * places * ((isAtomic ? 4 : 1) + (hasLoops ? 1 : 0))
    }
    if (bytes > MAX_MEMORY) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `encode: a pattern of the tokenizer may need ${MAX_MEMORY} bytes at most; got a text of ${text.length} ` +
          `units, which needs ${bytes}. Encode it in parts.`,
      )
    }
    this.#programs.forEach(({ choiceCount, isAtomic, hasLoops }, number) => {
      const size = choiceCount * places
      if (number === 0) {
        const words = (size + 31) >>> 5
        if (this.#failures.length < words) this.#failures = new Uint32Array(words)
        else this.#failures.fill(0, 0, words)
      } else if ((this.#results[number]?.length ?? -1) < size) {
        this.#results[number] = isAtomic ? new Int32Array(size) : new Uint8Array(size)
      } else this.#results[number]!.fill(UNKNOWN, 0, size)
      if (!hasLoops) return
      if ((this.#open[number]?.length ?? -1) < size) this.#open[number] = new Uint8Array(size)
      else this.#open[number]!.fill(0, 0, size)
    })
  }

  /** Where a match of a program that begins (or, looking behind, ends) at `start` ends; -1 when there is none. */
  #run(number: number, start: number): number {
    const { ops, a, b, choices, choiceCount, behind, hasLoops } = this.#programs[number]!
    const text = this.#text
    const base = this.#top
    const failures = this.#failures
    const results = this.#results[number]
    const open = this.#open[number]
    let pc = 0
    let at = start
    for (;;) {
      let ok = true
      switch (ops[pc]) {
        case Op.LITERAL:
        case Op.CHARACTER: {
          const code = behind ? codeBefore(text, at) : at < text.length ? text.codePointAt(at)! : -1
          ok =
            code >= 0 &&
            (ops[pc] === Op.LITERAL ? code === a[pc] : this.#tables[a[pc]!]!.classOf(code) === 1)
          if (ok) {
            const size = code > 0xffff ? 2 : 1
            at += behind ? -size : size
            pc++
          }
          break
        }
        case Op.LOOP:
        case Op.SPLIT: {
          const key = at * choiceCount + choices[pc]!
          if (ops[pc] === Op.LOOP && open![key] === 1) {
            // Nothing was matched since the loop was here: it ends.
            pc = this.#exitOf(number, pc)
            break
          }
          if (number === 0) {
            ok = (failures[key >>> 5]! & (1 << (key & 31))) === 0
          } else {
            const known = results![key]!
            if (known >= MATCHED) return this.#succeed(number, base, known - MATCHED)
            ok = known === UNKNOWN
          }
          if (!ok) break
          if (ops[pc] === Op.LOOP) open![key] = 1
          this.#push(-1 - pc, at)
          this.#push(b[pc]!, at)
          pc = a[pc]!
          break
        }
        case Op.JUMP:
          pc = a[pc]!
          break
        case Op.ASSERT:
          ok = holds(a[pc]!, text, at)
          pc++
          break
        case Op.LOOK:
          ok = this.#run(a[pc]!, at) >= 0 !== (b[pc] === 1)
          pc++
          break
        case Op.ATOMIC: {
          const end = this.#run(a[pc]!, at)
          ok = end >= 0
          at = end
          pc++
          break
        }
        case Op.MATCH:
          return this.#succeed(number, base, at)
      }
      if (ok) continue
      // Back to the last choice with a way left; those without have failed at their places.
      for (;;) {
        if (this.#top === base) return -1
        at = this.#stack[--this.#top]!
        pc = this.#stack[--this.#top]!
        if (pc >= 0) break
        const choice = -1 - pc
        const key = at * choiceCount + choices[choice]!
        if (number === 0) failures[key >>> 5]! |= 1 << (key & 31)
        else results![key] = FAILED
        if (hasLoops && ops[choice] === Op.LOOP) open![key] = 0
      }
    }
  }

  // The way out of a loop is its other branch; a lazy loop goes out first.
  #exitOf(number: number, pc: number): number {
    const { a, b } = this.#programs[number]!
    return a[pc] === pc + 1 ? b[pc]! : a[pc]!
  }

  /** Leaves a program that matched up to `end`: the choices on the way there are known to lead there. */
  #succeed(number: number, base: number, end: number): number {
    const { ops, choices, choiceCount, hasLoops, isAtomic } = this.#programs[number]!
    if (number === 0 && !hasLoops) {
      this.#top = base
      return end
    }
    while (this.#top > base) {
      const at = this.#stack[--this.#top]!
      const pc = this.#stack[--this.#top]!
      if (pc >= 0) continue
      const key = at * choiceCount + choices[-1 - pc]!
      if (number !== 0) this.#results[number]![key] = isAtomic ? end + MATCHED : MATCHED
      if (ops[-1 - pc] === Op.LOOP) this.#open[number]![key] = 0
    }
    return end
  }

  #push(pc: number, at: number): void {
    if (this.#top + 2 > this.#stack.length) {
      const larger = new Int32Array(this.#stack.length * 2)
      larger.set(this.#stack)
      this.#stack = larger
    }
    this.#stack[this.#top++] = pc
    this.#stack[this.#top++] = at
  }
}

function codeBefore(text: string, at: number): number {
  if (at === 0) return -1
  const low = text.charCodeAt(at - 1)
  const wide = at > 1 && low >= 0xdc00 && low <= 0xdfff
  return wide ? text.codePointAt(at - 2)! : low
}

function holds(assertion: number, text: string, at: number): boolean {
  const end = text.length
  switch (Op.assertions[assertion]) {
    case 'textStart':
      return at === 0
    case 'textEnd':
      return at === end
    case 'textEndOrLastLine':
      return at === end || (at === end - 1 && text[at] === '\n')
    case 'lineStart':
      return at === 0 || (at < end && text[at - 1] === '\n')
    case 'lineEnd':
      return at === end || text[at] === '\n'
    case 'wordEdge':
      return isWordBefore(text, at) !== isWordAt(text, at)
    default:
      return isWordBefore(text, at) === isWordAt(text, at)
  }
}
