// Strict JSON. JSON.parse keeps the last of two equal keys, so that two readers can see two files in
// one; here that is an error. No recursion, so depth costs an error and not the stack.
import { FormatError } from '@heddle/tensor'
import { quote } from './quote.ts'
import { isWellFormed } from './well-formed.ts'

/** What `parseJson` makes: objects have no prototype, so `__proto__` and `toString` are plain keys. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject

/** A JSON object; its prototype is null. */
export interface JsonObject {
  [key: string]: JsonValue
}

const deepest = 128
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const space = /[ \t\n\r]*/y
const plain = /[^"\\\u0000-\u001f]*/y
const words = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
])

type Container =
  | { readonly value: JsonObject; key: string }
  | { readonly value: JsonValue[]; key: number }

/**
 * Parses strict JSON; `where` names the text in messages. Duplicate keys, NaN, Infinity, lone
 * surrogates, comments and more than 128 levels are `ERR_FORMAT_JSON`. Integers beyond 2^53 become
 * the nearest number.
 */
export function parseJson(text: string, where: string): JsonValue {
  return new Parser(text, where).document()
}

class Parser {
  readonly #text: string
  readonly #where: string
  readonly #open: Container[] = []
  #at = 0

  constructor(text: string, where: string) {
    this.#text = text
    this.#where = where
  }

  document(): JsonValue {
    let value = this.#value()
    for (;;) {
      // `value` is complete unless it is a container that was just opened.
      const container = this.#open.at(-1)
      if (container === undefined) break
      if (container.value === value) {
        if (!this.#take(closing(container))) {
          value = this.#element(container)
          continue
        }
      } else {
        if (!Array.isArray(container.value)) container.value[container.key as string] = value
        else container.value.push(value)
        if (this.#take(',')) {
          value = this.#element(container)
          continue
        }
        if (!this.#take(closing(container))) {
          throw this.#error(`expected , or ${closing(container)}`)
        }
      }
      this.#open.pop()
      value = container.value
      if (this.#open.length === 0) break
    }
    this.#skip()
    if (this.#at < this.#text.length) throw this.#error('nothing may follow the value')
    return value
  }

  /** The next element's value; of an object its key comes first. */
  #element(container: Container): JsonValue {
    if (Array.isArray(container.value)) {
      container.key = container.value.length
      return this.#value()
    }
    this.#skip()
    if (this.#text[this.#at] !== '"') throw this.#error('expected a key in double quotes')
    const key = this.#string()
    if (key in container.value) throw this.#error(`a key must occur once; ${quote(key)} does twice`)
    container.key = key
    if (!this.#take(':')) throw this.#error('expected :')
    return this.#value()
  }

  #value(): JsonValue {
    this.#skip()
    const text = this.#text
    const first = text[this.#at]
    if (first === '"') return this.#string()
    if (first === '{' || first === '[') {
      if (this.#open.length === deepest) throw this.#error(`at most ${deepest} levels`)
      this.#at++
      const container: Container =
        first === '{' ? { value: Object.create(null), key: '' } : { value: [], key: 0 }
      this.#open.push(container)
      return container.value
    }
    number.lastIndex = this.#at
    const digits = number.exec(text)
    if (digits) {
      this.#at = number.lastIndex
      const value = Number(digits[0])
      if (!Number.isFinite(value)) throw this.#error(`a number within the range of doubles`)
      return value
    }
    for (const [word, value] of words) {
      if (text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    }
    throw this.#error('expected a value')
  }

  #string(): string {
    const text = this.#text
    const start = ++this.#at
    let escaped = false
    for (;;) {
      plain.lastIndex = this.#at
      plain.exec(text)
      this.#at = plain.lastIndex
      if (text[this.#at] === '"') break
      if (text[this.#at] !== '\\') throw this.#error('a string ends with " and escapes controls')
      escaped = true
      this.#at += 2
    }
    const end = this.#at++
    if (!escaped) return text.slice(start, end)
    let value: string
    try {
      value = JSON.parse(text.slice(start - 1, end + 1)) as string
    } catch {
      this.#at = start
      throw this.#error('a string with known escapes only')
    }
    if (isWellFormed(value)) return value
    this.#at = start
    throw this.#error('surrogates in pairs')
  }

  #skip(): void {
    space.lastIndex = this.#at
    space.exec(this.#text)
    this.#at = space.lastIndex
  }

  #take(mark: string): boolean {
    this.#skip()
    if (this.#text[this.#at] !== mark) return false
    this.#at++
    return true
  }

  #error(rule: string): FormatError {
    const path = this.#open
      .map(({ value, key }) => (Array.isArray(value) ? `[${key}]` : key === '' ? '' : `.${key}`))
      .join('')
    const found = this.#text[this.#at]
    const got = found === undefined ? 'the end of the text' : quote(found)
    return new FormatError(
      'ERR_FORMAT_JSON',
      `${this.#where}: must be valid JSON (${rule}); got ${got} at $${path.slice(0, 200)} ` +
        `(character ${this.#at}). Correct the file or download it again.`,
      { details: { offset: this.#at, path: `$${path.slice(0, 200)}` } },
    )
  }
}

const closing = (container: Container): string => (Array.isArray(container.value) ? ']' : '}')
