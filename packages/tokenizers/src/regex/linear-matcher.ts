// A backtracking search that remembers: a choice that failed at a place fails there for ever, wherever the match was
// to begin. So every choice is tried once per place, and a whole search takes time in proportion to the text.
import type { CharacterTable } from '../character-table.ts'
import * as Op from './program.ts'
import type { Program, Programs } from './program.ts'
import { codeBefore, SearchMemory } from './search-memory.ts'
import { isWordAt, isWordBefore } from './word-edge.ts'

/** Finds the matches of a compiled pattern in linear time. */
export class LinearMatcher {
  readonly #programs: readonly Program[]
  readonly #tables: readonly CharacterTable[]
  readonly #memories: readonly SearchMemory[]
  // Ways not yet tried, and choices with none left: place and instruction, the latter less than 0 for those; runs also
  // have where they began.
  #stack = new Int32Array(1024)
  #top = 0
  #text = ''

  constructor({ programs, tables }: Programs) {
    this.#programs = programs
    this.#tables = tables
    this.#memories = programs.map((program, i) => new SearchMemory(program, i === 0))
  }

  /** Appends start and end of every match, `offset` added; empty matches as Oniguruma's search gives them. */
  findAll(text: string, offset: number, matches: number[]): void {
    if (text === '') return
    this.#text = text
    this.#top = 0
    SearchMemory.begin(this.#memories, text)
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

  /** Where a match of a program that begins (or, looking behind, ends) at `start` ends; -1 when there is none. */
  #run(number: number, start: number): number {
    const { ops, a, b, numbers, behind } = this.#programs[number]!
    const memory = this.#memories[number]!
    const text = this.#text
    const base = this.#top
    let pc = 0
    let at = start
    for (;;) {
      let ok = true
      const op = ops[pc]!
      switch (op) {
        case Op.LITERAL:
        case Op.CHARACTER: {
          const code = behind ? codeBefore(text, at) : at < text.length ? text.codePointAt(at)! : -1
          ok =
            code >= 0 &&
            (op === Op.LITERAL ? code === a[pc] : this.#tables[a[pc]!]!.classOf(code) === 1)
          if (ok) {
            const size = code > 0xffff ? 2 : 1
            at += behind ? -size : size
            pc++
          }
          break
        }
        case Op.LOOP:
        case Op.SPLIT: {
          const choice = numbers[pc]!
          if (op === Op.LOOP && memory.isOpen(choice, at)) {
            // Nothing was matched since the loop was here: it ends. A lazy loop's way out is its first.
            pc = a[pc] === pc + 1 ? b[pc]! : a[pc]!
            break
          }
          const known = memory.resultOf(choice, at)
          if (known >= 0) return this.#succeed(number, base, known)
          ok = known !== SearchMemory.failed
          if (!ok) break
          if (op === Op.LOOP) memory.open(choice, at)
          this.#push(at, -1 - pc)
          this.#push(at, b[pc]!)
          pc = a[pc]!
          break
        }
        case Op.RUN: {
          const run = numbers[pc]!
          const end = memory.endOfRun(run, at, this.#tables[a[pc]!]!)
          const known = memory.resultOfRun(run, at, end)
          if (known >= 0) return this.#succeed(number, base, known)
          const exit = memory.nextExit(run, end)
          ok = exit >= at
          if (!ok) break
          this.#pushRun(at, exit, end, pc)
          at = exit
          pc++
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
        case Op.ATOMIC:
          at = this.#run(a[pc]!, at)
          ok = at >= 0
          pc++
          break
        case Op.MATCH:
          return this.#succeed(number, base, at)
      }
      if (ok) continue
      // Back to the last choice with a way left; those without have failed at their places.
      for (;;) {
        if (this.#top === base) return -1
        pc = this.#stack[--this.#top]!
        at = this.#stack[--this.#top]!
        if (pc >= 0) break
        pc = -1 - pc
        if (ops[pc] !== Op.RUN) {
          memory.fail(numbers[pc]!, at)
          continue
        }
        const end = this.#stack[--this.#top]!
        const from = this.#stack[--this.#top]!
        memory.failExit(numbers[pc]!, end, at)
        at = memory.nextExit(numbers[pc]!, end)
        if (at < from) continue
        this.#pushRun(from, at, end, pc)
        pc++
        break
      }
    }
  }

  /** Leaves a program that matched up to `end`: the choices on the way there are known to lead there. */
  #succeed(number: number, base: number, end: number): number {
    const memory = this.#memories[number]!
    if (!memory.keepsSuccess) {
      this.#top = base
      return end
    }
    const { ops, numbers } = this.#programs[number]!
    while (this.#top > base) {
      const pc = this.#stack[--this.#top]!
      const at = this.#stack[--this.#top]!
      if (pc >= 0) continue
      if (ops[-1 - pc] === Op.RUN) {
        memory.succeedExit(numbers[-1 - pc]!, this.#stack[--this.#top]!, at, end)
        this.#top--
      } else memory.succeed(numbers[-1 - pc]!, at, end)
    }
    return end
  }

  #pushRun(from: number, exit: number, end: number, pc: number): void {
    this.#push(from, end)
    this.#push(exit, -1 - pc)
  }

  #push(first: number, second: number): void {
    if (this.#top + 2 > this.#stack.length) {
      const larger = new Int32Array(this.#stack.length * 2)
      larger.set(this.#stack)
      this.#stack = larger
    }
    this.#stack[this.#top++] = first
    this.#stack[this.#top++] = second
  }
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
