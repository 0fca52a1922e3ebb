// JavaScript's engine backtracks, and a search tries every place of a text. A pattern is left to it only where that is
// known to take time in proportion to the text; all others go to LinearMatcher. Known are patterns of alternatives that
// - cannot look at more than a few characters, or
// - have a run of one class of characters after which nothing can fail, so that what was looked at is matched, or
// - have such a run after which something can fail, if a later alternative is sure to match the same run.
import { areDisjoint } from './character-class.ts'
import { widthOf, type RegexNode } from './tree.ts'

const MAX_WAYS = 256
const MAX_MIN = 16

/** True when JavaScript's engine finds all matches in time proportional to the text. */
export function isLinearInEngine(tree: RegexNode): boolean {
  const captures = new Map<number, RegexNode>()
  collectCaptures(tree, captures)
  const alternatives = alternativesOf(tree).map((items) => readAlternative(items, captures))
  return alternatives.every((alternative, i) => {
    if (alternative === undefined) return false
    if (alternative.kind !== 'risky') return true
    for (let next = i + 1; next < alternatives.length; next++) {
      const other = alternatives[next]
      if (!other) return false
      const isSame = other.prefix === alternative.prefix && other.set === alternative.set
      if (isSame && other.kind === 'sure') return true
      if (!isSame && !startsApart(other, alternative)) return false
    }
    return false
  })
}

interface Alternative {
  /** bounded: few characters; sure: matches the run it has looked at; risky: may fail after it. */
  readonly kind: 'bounded' | 'sure' | 'risky'
  /** What stands before the run. */
  readonly prefix: string
  /** The class of the run. */
  readonly set: string | undefined
  /** The class of the first character, where it is one. */
  readonly first: string | undefined
}

type Captures = ReadonlyMap<number, RegexNode>

function readAlternative(items: readonly RegexNode[], captures: Captures): Alternative | undefined {
  const at = items.findIndex((item) => !isBounded([item], captures))
  const first = items[0]?.kind === 'set' ? items[0].source : undefined
  if (at < 0) {
    if (!isBounded(items, captures)) return undefined
    return { kind: 'bounded', prefix: '', set: undefined, first }
  }
  const before = items.slice(0, at)
  const prefix = JSON.stringify(before)
  const run = runOf(items[at]!)
  if (!run || !isBounded(before, captures)) return undefined
  const rest = items.slice(at + 1)
  const [next, ...others] = rest
  const isOptional = (item: RegexNode) => isAlwaysMatched(item, captures)
  const alternative = { prefix, set: run.set, first }
  if (rest.every(isOptional)) return { kind: 'sure', ...alternative }
  if (!next || !others.every(isOptional)) return undefined
  if (next.kind === 'look' && others.length === 0) {
    // A run that stops one character early is followed by one of its own.
    const { item, negative, behind } = next
    const isSure = negative && !behind && item.kind === 'set' && run.givesBack
    if (isSure && areDisjoint(item.source, run.set)) return { kind: 'sure', ...alternative }
  }
  const isShort = next.kind === 'set' || next.kind === 'assert' || runOf(next) !== undefined
  return isShort ? { kind: 'risky', ...alternative } : undefined
}

/** A run of one class, of any length or of many. */
function runOf(node: RegexNode): { set: string; givesBack: boolean } | undefined {
  if (node.kind === 'atomic') {
    const inner = runOf(node.item)
    return inner && { ...inner, givesBack: false }
  }
  if (node.kind !== 'repeat' || node.item.kind !== 'set') return undefined
  if (node.min > MAX_MIN) return undefined
  return { set: node.item.source, givesBack: node.mode === 'greedy' }
}

function isAlwaysMatched(node: RegexNode, captures: Captures): boolean {
  if (node.kind !== 'repeat' || node.min > 0) return false
  return node.item.kind === 'set' || isBounded([node], captures)
}

// While a run of one class is looked at, an alternative that begins with another class cannot match.
function startsApart(other: Alternative, risky: Alternative): boolean {
  if (risky.prefix !== '[]' || other.first === undefined || risky.set === undefined) return false
  return areDisjoint(other.first, risky.set)
}

function alternativesOf(node: RegexNode): RegexNode[][] {
  if (node.kind === 'capture') return alternativesOf(node.item)
  if (node.kind === 'choice') return node.items.flatMap(alternativesOf)
  return [itemsOf(node)]
}

function itemsOf(node: RegexNode): RegexNode[] {
  if (node.kind === 'capture') return itemsOf(node.item)
  return node.kind === 'sequence' ? node.items.flatMap(itemsOf) : [node]
}

function collectCaptures(node: RegexNode, found: Map<number, RegexNode>): void {
  if (node.kind === 'capture') found.set(node.index, node.item)
  if ('items' in node) for (const item of node.items) collectCaptures(item, found)
  else if ('item' in node) collectCaptures(node.item, found)
}

/** True when the items look at few characters, in few ways. */
function isBounded(items: readonly RegexNode[], captures: Captures): boolean {
  return costOf({ kind: 'sequence', items }, captures) <= MAX_WAYS
}

/** About the number of characters that trying all ways of a node looks at; infinite where that depends on the text. */
function costOf(node: RegexNode, captures: Captures): number {
  switch (node.kind) {
    case 'set':
    case 'caseless':
    case 'assert':
      return 1
    case 'backreference': {
      const group = captures.get(node.index)
      return group ? widthOf(group).max : Infinity
    }
    case 'capture':
    case 'atomic':
    case 'look':
      return costOf(node.item, captures)
    case 'choice':
      return node.items.reduce((sum, item) => sum + costOf(item, captures), 0)
    case 'sequence':
      return node.items.reduce((sum, item) => {
        const cost = costOf(item, captures)
        return cost === 1 ? sum + 1 : sum * cost + cost
      }, 1)
    case 'repeat': {
      const cost = costOf(node.item, captures)
      if (node.max === Infinity) return Infinity
      return cost === 1 ? node.max + 1 : cost ** node.max
    }
  }
}
