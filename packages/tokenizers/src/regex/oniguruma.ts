import { TokenizerError } from '../errors.ts'
import { RegexParser } from './parser.ts'
import { checkLinear } from './backtracking.ts'
import type { RegexNode } from './tree.ts'

/**
 * Translates an Oniguruma pattern, as found in tokenizer.json, to a JavaScript RegExp with the `v` flag.
 * Throws ERR_TOKENIZER_REGEX_UNSUPPORTED, naming the construct, where the meaning or the running time
 * could not be kept.
 */
export function translateOniguruma(pattern: string, where: string): RegExp {
  const tree = new RegexParser(pattern, where).parse()
  checkLinear(tree, pattern, where)
  const source = emit(tree, referencesOf(tree), { atomic: 0 }, true)
  try {
    return new RegExp(source, 'gv')
  } catch (cause) {
    throw new TokenizerError(
      'ERR_TOKENIZER_REGEX_UNSUPPORTED',
      `${where}: the pattern must translate to JavaScript; got ${(cause as Error).message}.`,
      { cause, details: { pattern } },
    )
  }
}

/** A RegExp for a literal string, as tokenizer.json's `{"String": ...}` patterns mean it. */
export function literalPattern(text: string): RegExp {
  let source = ''
  for (const character of text) source += `\\u{${character.codePointAt(0)!.toString(16)}}`
  return new RegExp(source || '(?!)', 'gv')
}

function referencesOf(node: RegexNode, found = new Set<number>()): Set<number> {
  if (node.kind === 'backreference') found.add(node.index)
  else if ('items' in node) for (const item of node.items) referencesOf(item, found)
  else if ('item' in node) referencesOf(node.item, found)
  return found
}

// `last`: nothing of the pattern follows, so the first way to match is final and possessive adds nothing.
function emit(
  node: RegexNode,
  referenced: Set<number>,
  names: { atomic: number },
  last: boolean,
): string {
  switch (node.kind) {
    case 'set':
    case 'assert':
      return node.source
    case 'sequence':
      return node.items
        .map((item, i) => emit(item, referenced, names, last && i === node.items.length - 1))
        .join('')
    case 'choice':
      return `(?:${node.items.map((item) => emit(item, referenced, names, last)).join('|')})`
    case 'capture': {
      const inner = emit(node.item, referenced, names, last)
      return referenced.has(node.index) ? `(?<c${node.index}>${inner})` : `(?:${inner})`
    }
    case 'backreference':
      return `\\k<c${node.index}>`
    case 'look':
      return `${node.open}${emit(node.item, referenced, names, false)})`
    case 'atomic': {
      const inner = emit(node.item, referenced, names, last)
      return last ? `(?:${inner})` : seal(inner, names)
    }
    case 'repeat': {
      const { min, max } = node
      const once = max === 1
      const inner = emit(node.item, referenced, names, last && once)
      const count =
        min === 0 && max === Infinity
          ? '*'
          : min === 1 && max === Infinity
            ? '+'
            : min === 0 && once
              ? '?'
              : `{${min},${max === Infinity ? '' : max}}`
      const item = node.item.kind === 'set' ? inner : `(?:${inner})`
      if (node.mode === 'lazy') return `${item}${count}?`
      return node.mode === 'possessive' && !last
        ? seal(`${item}${count}`, names)
        : `${item}${count}`
    }
  }
}

// A lookahead is never entered again: capture what it saw, then require exactly that.
function seal(inner: string, names: { atomic: number }): string {
  const name = `a${names.atomic++}`
  return `(?=(?<${name}>${inner}))\\k<${name}>`
}
