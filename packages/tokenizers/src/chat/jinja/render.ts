import type { Budget } from './budget.ts'
import type { Test } from './is-tests.ts'
import type { Method } from './method.ts'
import { pythonEscape } from './represent.ts'
import type { Value } from './values.ts'

/**
 * Characters of a chat that stand for others while a template runs (see disguise.ts). Templates must not notice:
 * what they compare and search is `seen`, what they print stays in disguise.
 */
export interface Disguise {
  /** The text with the characters that are meant, one UTF-16 unit for one. */
  seen(text: string): string
  /** True for a character that stands for another. */
  isStand(character: string): boolean
  /** A character to stand for `character`. */
  standFor(character: string): string
}

/** What values reach that is made of them in turn: handed down, so that no file imports what imports it. */
export interface Language {
  /** `value.name` */
  attribute(render: Render, value: Value, name: string): Value
  /** `value[key]` */
  item(render: Render, value: Value, key: Value): Value
  /** A filter by name; undefined when there is none. */
  filter(name: string): Method | undefined
  /** A test by name; undefined when there is none. */
  test(name: string): Test | undefined
}

/** One run of a template: what it has printed, what it may still cost, and what the host lends it. */
export class Render {
  readonly budget: Budget
  readonly disguise: Disguise | undefined
  readonly language: Language
  /** The time that `strftime_now` tells. */
  readonly now: Date
  /** True within `{% autoescape true %}`. */
  autoescape = false
  /** Where the template printed inside of `{% generation %}`: start and end in UTF-16 units of the output. */
  readonly generations: [start: number, end: number][] = []
  #output = ''
  #captures = 0
  /** Length of what was printed when the outermost capture began. */
  #printed = 0

  constructor(language: Language, budget: Budget, now: Date, disguise?: Disguise | undefined) {
    this.language = language
    this.budget = budget
    this.now = now
    this.disguise = disguise
  }

  /** What was printed so far, or since the capture began. */
  get output(): string {
    return this.#output
  }

  /** Length of what is certain to be printed already. */
  get printed(): number {
    return this.#captures === 0 ? this.#output.length : this.#printed
  }

  write(text: string): void {
    this.budget.fit(this.#output.length + text.length)
    this.budget.read(text.length)
    this.#output += text
  }

  /** Runs `body` and returns what it printed, instead of printing it. */
  capture(body: () => void): string {
    const before = this.#output
    if (this.#captures++ === 0) this.#printed = before.length
    this.#output = ''
    body()
    const captured = this.#output
    this.#output = before
    this.#captures--
    return captured
  }

  /** A text as templates are to see it. */
  seen(text: string): string {
    return this.disguise ? this.disguise.seen(text) : text
  }

  /** `change`, one that works on any character alone, applied to a text; what stands for others goes on to do so. */
  changed(text: string, change: (text: string) => string): string {
    const { disguise } = this
    const result = change(text)
    if (!disguise || disguise.seen(text) === text) return result
    return result.replaceAll(/[\ue000-\uf8ff]|[\udb80-\udbbf][\udc00-\udfff]/g, (found) => {
      if (!disguise.isStand(found)) return found
      const meant = disguise.seen(found)
      const changed = change(meant)
      return changed === meant ? found : Array.from(changed, (c) => disguise.standFor(c)).join('')
    })
  }

  /** `change`, one that looks at the whole text, applied to what the text means; what stands for others goes on to. */
  changedWhole(text: string, change: (text: string) => string): string {
    const { disguise } = this
    if (!disguise) return change(text)
    const seen = disguise.seen(text)
    const changed = change(seen)
    if (seen === text) return changed
    const before = Array.from(text)
    const after = Array.from(changed)
    const hidden = new Set(before.filter((c) => disguise.isStand(c)).map((c) => disguise.seen(c)))
    return after
      .map((c, i) => {
        // With lengths the same, places tell what stood for something; else whatever may have done so.
        const stands = before.length === after.length ? disguise.isStand(before[i]!) : hidden.has(c)
        return stands ? disguise.standFor(c) : c
      })
      .join('')
  }

  /** A character that Python shows as an escape: the escape, unless it stands for one that is shown. */
  showEscaped(character: string): string {
    if (!this.disguise?.isStand(character)) return pythonEscape(character)
    const meant = this.disguise.seen(character)
    return /[\p{C}\p{Z}\\]/u.test(meant) ? pythonEscape(meant) : character
  }
}
