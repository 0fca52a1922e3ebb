import type { CharacterTable } from '../character-table.ts'
import { TokenizerError } from '../errors.ts'
import type { Program } from './program.ts'

const MAX_MEMORY = 2 ** 30

// What is kept per choice and place; from MATCHED on it is the end of the match, plus MATCHED.
const UNKNOWN = 0
const FAILED = 1
const MATCHED = 2

/**
 * What LinearMatcher knows of one program on one text: which choices failed where and, for programs that are asked
 * more than once, which led to a match that ends where. A run of one class is a choice among its ends, the longest
 * first; all runs that end at the same place share what is known, since their ends are the same but for the shortest.
 */
export class SearchMemory {
  /** The result of a choice that cannot match. */
  static readonly failed = -1
  /** The result of a choice that nothing is known of. */
  static readonly unknown = -2

  /** False when a match needs not be told. */
  readonly keepsSuccess: boolean
  readonly #program: Program
  readonly #isMain: boolean
  #text = ''
  #places = 0
  // The main program remembers failures alone, in bits.
  #failures = new Uint32Array(0)
  #results: Uint8Array | Int32Array = new Uint8Array(0)
  // Loops that have begun at a place and not ended.
  #open = new Uint8Array(0)
  // Per run: by place, where it ends, plus 1; by end, the lowest exit that failed, plus 1.
  #runEnds = new Int32Array(0)
  #exits = new Int32Array(0)
  // By end of run, the exit that led to a match, plus 1, and where that match ends.
  #wonExits = new Int32Array(0)
  #wonEnds = new Int32Array(0)

  constructor(program: Program, isMain: boolean) {
    this.#program = program
    this.#isMain = isMain
    this.keepsSuccess = !isMain || program.hasLoops
  }

  /** Forgets everything, for a new text; throws ERR_TOKENIZER_LIMIT when it needs too much memory. */
  static begin(memories: readonly SearchMemory[], text: string): void {
    const bytes = memories.reduce((sum, memory) => sum + memory.#bytesFor(text), 0)
    if (bytes > MAX_MEMORY) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `encode: a pattern of the tokenizer may need ${MAX_MEMORY} bytes at most; got a text of ${text.length} ` +
          `units, which needs ${bytes}. Encode it in parts.`,
      )
    }
    for (const memory of memories) memory.#begin(text)
  }

  #bytesFor(text: string): number {
    const { choiceCount, runCount, hasLoops, isAtomic } = this.#program
    const perChoice = (this.#isMain ? 1 / 8 : isAtomic ? 4 : 1) + (hasLoops ? 1 : 0)
    return (text.length + 1) * (choiceCount * perChoice + runCount * (this.#isMain ? 8 : 16))
  }

  #begin(text: string): void {
    const { choiceCount, runCount, hasLoops, isAtomic } = this.#program
    this.#text = text
    this.#places = text.length + 1
    const choices = choiceCount * this.#places
    const runs = runCount * this.#places
    if (this.#isMain) this.#failures = cleared(this.#failures, (choices + 31) >>> 5, Uint32Array)
    else this.#results = cleared(this.#results, choices, isAtomic ? Int32Array : Uint8Array)
    if (hasLoops) this.#open = cleared(this.#open, choices, Uint8Array)
    this.#runEnds = cleared(this.#runEnds, runs, Int32Array)
    this.#exits = cleared(this.#exits, runs, Int32Array)
    if (this.#isMain) return
    this.#wonExits = cleared(this.#wonExits, runs, Int32Array)
    this.#wonEnds = cleared(this.#wonEnds, runs, Int32Array)
  }

  /** Where a match through a choice at a place ends, or `failed` or `unknown`. */
  resultOf(choice: number, at: number): number {
    const key = at * this.#program.choiceCount + choice
    if (this.#isMain) return (this.#failures[key >>> 5]! & (1 << (key & 31))) !== 0 ? -1 : -2
    return this.#results[key]! - MATCHED
  }

  fail(choice: number, at: number): void {
    const key = at * this.#program.choiceCount + choice
    if (this.#isMain) this.#failures[key >>> 5]! |= 1 << (key & 31)
    else this.#results[key] = FAILED
    if (this.#program.hasLoops) this.#open[key] = 0
  }

  succeed(choice: number, at: number, end: number): void {
    const { choiceCount, hasLoops, isAtomic } = this.#program
    const key = at * choiceCount + choice
    if (!this.#isMain) this.#results[key] = isAtomic ? end + MATCHED : MATCHED
    if (hasLoops) this.#open[key] = 0
  }

  isOpen(choice: number, at: number): boolean {
    return this.#open[at * this.#program.choiceCount + choice] === 1
  }

  open(choice: number, at: number): void {
    this.#open[at * this.#program.choiceCount + choice] = 1
  }

  /** Where the run of the table's class that begins at `at` ends. */
  endOfRun(run: number, at: number, table: CharacterTable): number {
    const ends = this.#runEnds
    const from = run * this.#places
    const known = ends[from + at]!
    if (known > 0) return known - 1
    const text = this.#text
    let scanned = at
    let end = -1
    while (end < 0) {
      const code = scanned < text.length ? text.codePointAt(scanned)! : -1
      if (ends[from + scanned]! > 0) end = ends[from + scanned]! - 1
      else if (code < 0 || table.classOf(code) !== 1) end = scanned++
      else scanned += code > 0xffff ? 2 : 1
    }
    ends.fill(end + 1, from + at, from + scanned)
    return end
  }

  /** Where a match through a run from `at` to `end` ends; `unknown` when none is known. */
  resultOfRun(run: number, at: number, end: number): number {
    if (this.#isMain) return SearchMemory.unknown
    const key = run * this.#places + end
    return this.#wonExits[key]! > at ? this.#wonEnds[key]! : SearchMemory.unknown
  }

  /** The longest way out of runs to `end` that has not failed; it may lie before the run. */
  nextExit(run: number, end: number): number {
    const failed = this.#exits[run * this.#places + end]! - 1
    if (failed < 0) return end
    return failed - (codeBefore(this.#text, failed) > 0xffff ? 2 : 1)
  }

  failExit(run: number, end: number, exit: number): void {
    const key = run * this.#places + end
    const failed = this.#exits[key]!
    if (failed === UNKNOWN || failed > exit + 1) this.#exits[key] = exit + 1
  }

  succeedExit(run: number, end: number, exit: number, matchEnd: number): void {
    if (this.#isMain) return
    const key = run * this.#places + end
    this.#wonExits[key] = exit + 1
    this.#wonEnds[key] = this.#program.isAtomic ? matchEnd : 0
  }
}

/** An array of zeros, the old one where it is long enough. */
function cleared<T extends Uint8Array | Int32Array | Uint32Array>(
  old: T,
  size: number,
  make: new (size: number) => T,
): T {
  if (old.length < size || !(old instanceof make)) return new make(size)
  old.fill(0, 0, size)
  return old
}

/** The character that ends before `at`; -1 at the start. */
export function codeBefore(text: string, at: number): number {
  if (at === 0) return -1
  const low = text.charCodeAt(at - 1)
  const wide = at > 1 && low >= 0xdc00 && low <= 0xdfff
  return wide ? text.codePointAt(at - 2)! : low
}
