// One open hash table holds all edges, two words each: the parent in the low 24 bits of the first, the child in those
// of the second, the code unit in the high bytes of both. A step costs one cache line and no object.
import { TokenizerError } from '../errors.ts'

const ROOT = 0
const MAX_NODES = 2 ** 24
const LOW = 0xffffff
// No vocabulary comes near it; a longer token would make the time for a text grow with the token.
const LONGEST = 4096

/** Finds the tokens that begin at a place of a text, one code unit at a time. */
export class PrefixTrie {
  #edges = new Int32Array(2 * 1024)
  #mask = 1023
  #values = new Int32Array(512).fill(-1)
  #nodes = 1

  /** Adds a token; the last value wins for a token given twice. The empty token is never found. */
  add(token: string, value: number, where: string): void {
    if (token.length > LONGEST) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `${where}: a token may have ${LONGEST} UTF-16 units at most; got ${token.length}.`,
      )
    }
    let node = ROOT
    for (let i = 0; i < token.length; i++) node = this.#grow(node, token.charCodeAt(i), where)
    this.#values[node] = value
  }

  /** The node where every search begins. */
  get root(): number {
    return ROOT
  }

  /** The node that `unit` leads to from `node`, or -1. */
  step(node: number, unit: number): number {
    const edges = this.#edges
    const first = node | (unit << 24)
    const high = unit >>> 8
    for (let slot = this.#start(node, unit); ; slot = (slot + 1) & this.#mask) {
      const second = edges[2 * slot + 1]!
      if (second === 0) return -1
      if (edges[2 * slot] === first && second >>> 24 === high) return second & LOW
    }
  }

  /** The node that all of `text` leads to from the root, or -1. */
  find(text: string): number {
    let node = ROOT
    for (let i = 0; i < text.length && node >= 0; i++) node = this.step(node, text.charCodeAt(i))
    return node
  }

  /** The value of the token that ends at `node`, or -1. */
  valueAt(node: number): number {
    return this.#values[node]!
  }

  /** Gives the token that ends at `node` another value; -1 takes it away. */
  setValueAt(node: number, value: number): void {
    this.#values[node] = value
  }

  #start(node: number, unit: number): number {
    let hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b)
    hash ^= hash >>> 15
    return (hash ^ (hash >>> 7)) & this.#mask
  }

  #grow(node: number, unit: number, where: string): number {
    const known = this.step(node, unit)
    if (known >= 0) return known
    const child = this.#nodes++
    if (child >= MAX_NODES) {
      throw new TokenizerError(
        'ERR_TOKENIZER_LIMIT',
        `${where}: all tokens together may have ${MAX_NODES} UTF-16 units at most; got more.`,
      )
    }
    if (child >= this.#values.length) {
      const values = new Int32Array(2 * this.#values.length).fill(-1)
      values.set(this.#values)
      this.#values = values
    }
    if (2 * child > this.#mask) this.#rehash()
    this.#insert(node | (unit << 24), child | ((unit >>> 8) << 24), node, unit)
    return child
  }

  #insert(first: number, second: number, node: number, unit: number): void {
    let slot = this.#start(node, unit)
    while (this.#edges[2 * slot + 1] !== 0) slot = (slot + 1) & this.#mask
    this.#edges[2 * slot] = first
    this.#edges[2 * slot + 1] = second
  }

  #rehash(): void {
    const old = this.#edges
    this.#edges = new Int32Array(2 * old.length)
    this.#mask = 2 * this.#mask + 1
    for (let at = 0; at < old.length; at += 2) {
      const first = old[at]!
      const second = old[at + 1]!
      if (second !== 0)
        this.#insert(first, second, first & LOW, (first >>> 24) | ((second >>> 24) << 8))
    }
  }
}
