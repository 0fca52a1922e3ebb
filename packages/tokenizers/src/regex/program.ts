// A pattern as instructions for LinearMatcher. Looking around and atomic groups are programs of their own.
import { CharacterTable } from '../character-table.ts'
import type { Assertion, RegexNode } from './tree.ts'

/** What an instruction does; `a` and `b` are its arguments. */
export const CHARACTER = 0 // one character of table a
export const LITERAL = 1 // the character with code a
export const SPLIT = 2 // goes on at a, later at b
export const LOOP = 3 // as SPLIT, at the head of a loop whose body may match nothing
export const JUMP = 4 // goes on at a
export const ASSERT = 5 // assertion a must hold
export const LOOK = 6 // program a must match here, or with b = 1 must not
export const ATOMIC = 7 // the first match of program a, never another one
export const MATCH = 8
export const RUN = 9 // as many characters of table a as there are, then one less and so on

/** The assertions by their number. */
export const assertions: readonly Assertion[] = [
  'textStart',
  'textEnd',
  'textEndOrLastLine',
  'lineStart',
  'lineEnd',
  'wordEdge',
  'noWordEdge',
]

/** The instructions of one program; choices and runs are numbered, so that a matcher can remember how they went. */
export interface Program {
  readonly ops: Int32Array
  readonly a: Int32Array
  readonly b: Int32Array
  /** The number of the choice, or of the run, at an instruction. */
  readonly numbers: Int32Array
  readonly choiceCount: number
  readonly runCount: number
  readonly hasLoops: boolean
  /** True for programs that match what ends where they start. */
  readonly behind: boolean
  /** True where it matters where a match ends. */
  readonly isAtomic: boolean
}

/** A compiled pattern: program 0 is the pattern itself. */
export interface Programs {
  readonly programs: readonly Program[]
  readonly tables: readonly CharacterTable[]
}

// What bounds the time per character and the memory.
const MAX_CHOICES = 256
const MAX_INNER_CHOICES = 64
const MAX_COUNTED = 32
const MAX_SIZE = 4096

/** Compiles a tree; gives the reason when that cannot be done. */
export function compilePrograms(tree: RegexNode): Programs | string {
  const compiler = new Compiler()
  try {
    compiler.program(tree)
  } catch (reason) {
    if (reason instanceof Refusal) return reason.reason
    throw reason
  }
  return { programs: compiler.codes.map((code) => code.toProgram()), tables: compiler.tables }
}

class Refusal {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

class Compiler {
  readonly codes: Code[] = []
  readonly tables: CharacterTable[] = []
  readonly #tableOf = new Map<string, number>()
  #size = 0
  #choices = 0
  #innerChoices = 0
  #counted = 0

  /** Compiles a program of its own and returns its number. */
  program(node: RegexNode, behind = false, isAtomic = false): number {
    const number = this.codes.length
    const code = new Code(behind, isAtomic)
    this.codes.push(code)
    this.#node(node, code)
    this.#emit(code, MATCH)
    return number
  }

  #emit(code: Code, op: number, a = 0, b = 0): number {
    if (++this.#size > MAX_SIZE) throw new Refusal('repeats that multiply to a huge pattern')
    const isChoice = op === SPLIT || op === LOOP
    if (isChoice) {
      const isInner = code !== this.codes[0]
      const count = isInner ? ++this.#innerChoices : ++this.#choices
      if (count > (isInner ? MAX_INNER_CHOICES : MAX_CHOICES)) {
        throw new Refusal(`more than ${count - 1} choices where many may have to be remembered`)
      }
    }
    return code.add(op, a, b)
  }

  #node(node: RegexNode, code: Code): void {
    switch (node.kind) {
      case 'set':
        this.#set(node.source, code)
        return
      case 'assert':
        this.#emit(code, ASSERT, assertions.indexOf(node.name))
        return
      case 'sequence': {
        const items = code.behind ? node.items.toReversed() : node.items
        for (const item of items) this.#node(item, code)
        return
      }
      case 'choice':
        this.#choice(node.items, code)
        return
      case 'capture':
        this.#node(node.item, code)
        return
      case 'look': {
        const program = this.program(node.item, node.behind)
        this.#emit(code, LOOK, program, node.negative ? 1 : 0)
        return
      }
      case 'atomic':
        this.#atomic(node.item, code)
        return
      case 'repeat':
        if (node.mode === 'possessive') this.#atomic({ ...node, mode: 'greedy' }, code)
        else this.#repeat(node.item, node.min, node.max, node.mode === 'lazy', code)
        return
      case 'backreference':
        throw new Refusal('a back-reference in a pattern that may take long')
      case 'caseless':
        throw new Refusal('a character without its case')
    }
  }

  #set(source: string, code: Code): void {
    const literal = /^\\u\{([0-9a-f]+)\}$/.exec(source)
    if (literal) this.#emit(code, LITERAL, parseInt(literal[1]!, 16))
    else this.#emit(code, CHARACTER, this.#table(source))
  }

  #table(source: string): number {
    let table = this.#tableOf.get(source)
    if (table === undefined) {
      table = this.tables.length
      this.tables.push(new CharacterTable([new RegExp(source, 'u')]))
      this.#tableOf.set(source, table)
    }
    return table
  }

  #choice(items: readonly RegexNode[], code: Code): void {
    const ends: number[] = []
    items.forEach((item, i) => {
      if (i === items.length - 1) {
        this.#node(item, code)
        return
      }
      const split = this.#emit(code, SPLIT)
      code.a[split] = code.size
      this.#node(item, code)
      ends.push(this.#emit(code, JUMP))
      code.b[split] = code.size
    })
    for (const end of ends) code.a[end] = code.size
  }

  #atomic(item: RegexNode, code: Code): void {
    if (code.behind) throw new Refusal('an atomic group that looks behind')
    this.#emit(code, ATOMIC, this.program(item, false, true))
  }

  #repeat(item: RegexNode, min: number, max: number, isLazy: boolean, code: Code): void {
    for (let i = 0; i < min; i++) this.#node(item, code)
    const splits: number[] = []
    const open = (op: number) => {
      splits.push(this.#emit(code, op))
      return code.size
    }
    if (max === Infinity && item.kind === 'set' && !isLazy && !code.behind) {
      this.#emit(code, RUN, this.#table(item.source))
    } else if (max === Infinity) {
      const body = open(isNullable(item) ? LOOP : SPLIT)
      this.#node(item, code)
      this.#emit(code, JUMP, body - 1)
    } else {
      this.#counted += max - min
      if (this.#counted > MAX_COUNTED) {
        throw new Refusal(`counts of more than ${MAX_COUNTED} in a pattern that may take long`)
      }
      for (let i = min; i < max; i++) {
        open(SPLIT)
        this.#node(item, code)
      }
    }
    for (const split of splits) {
      code.a[split] = isLazy ? code.size : split + 1
      code.b[split] = isLazy ? split + 1 : code.size
    }
  }
}

/** True when a node can match nothing. */
function isNullable(node: RegexNode): boolean {
  switch (node.kind) {
    case 'set':
    case 'caseless':
      return false
    case 'repeat':
      return node.min === 0 || isNullable(node.item)
    case 'sequence':
      return node.items.every(isNullable)
    case 'choice':
      return node.items.some(isNullable)
    case 'capture':
    case 'atomic':
      return isNullable(node.item)
    case 'assert':
    case 'look':
    case 'backreference':
      return true
  }
}

class Code {
  readonly ops: number[] = []
  readonly a: number[] = []
  readonly b: number[] = []
  readonly behind: boolean
  readonly #numbers: number[] = []
  readonly #isAtomic: boolean
  #choiceCount = 0
  #runCount = 0

  constructor(behind: boolean, isAtomic: boolean) {
    this.behind = behind
    this.#isAtomic = isAtomic
  }

  get size(): number {
    return this.ops.length
  }

  add(op: number, a: number, b: number): number {
    this.#numbers.push(
      op === RUN ? this.#runCount++ : op === SPLIT || op === LOOP ? this.#choiceCount++ : 0,
    )
    this.a.push(a)
    this.b.push(b)
    return this.ops.push(op) - 1
  }

  toProgram(): Program {
    return {
      ops: Int32Array.from(this.ops),
      a: Int32Array.from(this.a),
      b: Int32Array.from(this.b),
      numbers: Int32Array.from(this.#numbers),
      choiceCount: this.#choiceCount,
      runCount: this.#runCount,
      hasLoops: this.ops.includes(LOOP),
      behind: this.behind,
      isAtomic: this.#isAtomic,
    }
  }
}
