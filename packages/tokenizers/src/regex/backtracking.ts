// JavaScript matches by backtracking. A loop whose body can match the same text in several ways tries them all,
// exponentially often, before it fails; such patterns are refused when the file is loaded, not met at run time.
import { TokenizerError } from '../errors.ts'
import type { RegexNode } from './tree.ts'

const MAX_SIZE = 20_000

/** Throws ERR_TOKENIZER_REGEX_UNSUPPORTED for loops over loops, loops over choices of unequal length, and huge repeats. */
export function checkLinear(tree: RegexNode, pattern: string, where: string): void {
  const refuse = (what: string) =>
    new TokenizerError(
      'ERR_TOKENIZER_REGEX_UNSUPPORTED',
      `${where}: a pattern must not be able to run for ever; got ${what} in ${JSON.stringify(pattern.slice(0, 60))}.`,
      { details: { pattern } },
    )

  const visit = (node: RegexNode): void => {
    if (node.kind === 'repeat') {
      if (node.max > 16 && node.mode !== 'possessive' && node.item.kind !== 'set') {
        const widths = widthsOf(node.item)
        if (!widths) throw refuse('a repeat of something of variable length')
        if (widths.min === 0) throw refuse('a repeat of something that may be empty')
        if (hasOverlap(node.item)) throw refuse('a repeat of alternatives that overlap')
      }
      visit(node.item)
    } else if ('items' in node) node.items.forEach(visit)
    else if ('item' in node) visit(node.item)
  }
  visit(tree)
  if (sizeOf(tree) > MAX_SIZE) throw refuse('repeats that multiply to a huge pattern')
}

/** The one length a node always matches, as { min, max } equal; undefined when it varies. */
function widthsOf(node: RegexNode): { min: number; max: number } | undefined {
  switch (node.kind) {
    case 'set':
      return { min: 1, max: 1 }
    case 'assert':
    case 'look':
      return { min: 0, max: 0 }
    case 'backreference':
      return undefined
    case 'capture':
    case 'atomic':
      return widthsOf(node.item)
    case 'repeat': {
      const inner = widthsOf(node.item)
      if (!inner || node.min !== node.max) return undefined
      return { min: inner.min * node.min, max: inner.max * node.max }
    }
    case 'sequence': {
      let total = 0
      for (const item of node.items) {
        const width = widthsOf(item)
        if (!width) return undefined
        total += width.min
      }
      return { min: total, max: total }
    }
    case 'choice': {
      const first = widthsOf(node.items[0]!)
      if (!first) return undefined
      for (const item of node.items) if (widthsOf(item)?.min !== first.min) return undefined
      return first
    }
  }
}

// Alternatives of one width may still both match; with single literal characters one can tell that they do not.
function hasOverlap(node: RegexNode): boolean {
  if (node.kind === 'choice') {
    const keys = new Set<string>()
    for (const item of node.items) {
      const first = item.kind === 'sequence' ? item.items[0] : item
      if (first?.kind !== 'set' || !first.key.startsWith('\\u{') || keys.has(first.key)) return true
      keys.add(first.key)
    }
    return node.items.some(hasOverlap)
  }
  if ('items' in node) return node.items.some(hasOverlap)
  return 'item' in node ? hasOverlap(node.item) : false
}

function sizeOf(node: RegexNode): number {
  if (node.kind === 'repeat') {
    return sizeOf(node.item) * Math.max(1, node.min, node.max === Infinity ? 0 : node.max)
  }
  if ('items' in node) return node.items.reduce((total, item) => total + sizeOf(item), 1)
  return 'item' in node ? 1 + sizeOf(node.item) : 1
}
