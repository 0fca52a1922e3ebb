import { TokenizerError } from '../errors.ts'
import { escapeCode } from './character-class.ts'
import { isLinearInEngine } from './engine-time.ts'
import { LinearMatcher } from './linear-matcher.ts'
import { RegexParser } from './parser.ts'
import { compilePrograms } from './program.ts'
import { word } from './properties.ts'
import { widthOf, type Assertion, type RegexNode } from './tree.ts'

/** A pattern that finds its matches in time proportional to the text. */
export interface LinearPattern {
  /** The pattern as a RegExp with the flags g and u, where JavaScript's own engine is known to be fast enough. */
  readonly regex: RegExp | undefined
  /** Appends start and end of every match, `offset` added; empty matches as Oniguruma's search gives them. */
  findAll(text: string, offset: number, matches: number[]): void
}

/**
 * Compiles an Oniguruma pattern, as found in tokenizer.json. Throws ERR_TOKENIZER_REGEX_UNSUPPORTED, naming the
 * construct, where the meaning or the running time could not be kept.
 */
export function compileOniguruma(pattern: string, where: string): LinearPattern {
  const tree = new RegexParser(pattern, where).parse()
  const fail = (got: string, cause?: unknown) =>
    new TokenizerError(
      'ERR_TOKENIZER_REGEX_UNSUPPORTED',
      `${where}: the pattern must be one that can be searched for in linear time; got ${got} in ` +
        `${JSON.stringify(pattern.slice(0, 60))}.`,
      { cause, details: { pattern } },
    )
  const regex = toRegExp(tree, fail)
  if (regex && isLinearInEngine(tree)) return patternOf(regex)
  const programs = compilePrograms(tree)
  if (typeof programs === 'string') throw fail(programs)
  const matcher = new LinearMatcher(programs)
  return {
    regex: undefined,
    findAll: (text, offset, matches) => matcher.findAll(text, offset, matches),
  }
}

/** A pattern for a literal string, as tokenizer.json's `{"String": ...}` patterns mean it. */
export function compileLiteral(text: string): LinearPattern {
  let source = ''
  for (const character of text) source += escapeCode(character.codePointAt(0)!)
  return patternOf(new RegExp(source, 'gu'))
}

function patternOf(regex: RegExp): LinearPattern {
  return {
    regex,
    findAll(text, offset, matches) {
      // The reference looks for nothing in an empty text.
      if (text === '') return
      let lastEnd = -1
      regex.lastIndex = 0
      for (let found = regex.exec(text); found; found = regex.exec(text)) {
        const start = found.index
        const end = start + found[0].length
        if (end === start) {
          // An empty match counts unless it touches the previous match; either way the search moves on.
          regex.lastIndex += end < text.length && text.codePointAt(end)! > 0xffff ? 2 : 1
          if (end === lastEnd || isInsidePair(text, end)) continue
        }
        lastEnd = end
        matches.push(offset + start, offset + end)
      }
    },
  }
}

// V8 finds empty matches between the halves of a pair, flag u or not.
function isInsidePair(text: string, at: number): boolean {
  return at > 0 && at < text.length && text.codePointAt(at - 1)! > 0xffff
}

/** The tree as a RegExp; undefined for repeats of what may match nothing, which JavaScript reads differently. */
function toRegExp(
  tree: RegexNode,
  fail: (got: string, cause?: unknown) => TokenizerError,
): RegExp | undefined {
  if (hasEmptyRepeat(tree)) return undefined
  const source = emit(tree, { referenced: referencesOf(tree), atomic: 0 }, true)
  try {
    return new RegExp(source, 'gu')
  } catch (cause) {
    throw fail((cause as Error).message, cause)
  }
}

function hasEmptyRepeat(node: RegexNode): boolean {
  if (node.kind === 'repeat' && node.max > node.min && widthOf(node.item).min === 0) return true
  if ('items' in node) return node.items.some(hasEmptyRepeat)
  return 'item' in node && hasEmptyRepeat(node.item)
}

function referencesOf(node: RegexNode, found = new Set<number>()): Set<number> {
  if (node.kind === 'backreference') found.add(node.index)
  else if ('items' in node) for (const item of node.items) referencesOf(item, found)
  else if ('item' in node) referencesOf(node.item, found)
  return found
}

const assertions: Readonly<Record<Assertion, string>> = {
  textStart: '(?<![\\p{Any}])',
  textEnd: '(?![\\p{Any}])',
  textEndOrLastLine: '(?=\\n?(?![\\p{Any}]))',
  lineStart: '(?<![^\\n])(?:(?<![\\p{Any}])|(?=[\\p{Any}]))',
  lineEnd: '(?![^\\n])',
  wordEdge: `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`,
  noWordEdge: `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`,
}

interface Names {
  readonly referenced: ReadonlySet<number>
  atomic: number
}

// `last`: nothing of the pattern follows, so the first way to match is final and possessive adds nothing.
function emit(node: RegexNode, names: Names, last: boolean): string {
  switch (node.kind) {
    case 'set':
      return node.source
    case 'caseless':
      return escapeCode(node.code)
    case 'assert':
      return assertions[node.name]
    case 'sequence':
      return node.items
        .map((item, i) => emit(item, names, last && i === node.items.length - 1))
        .join('')
    case 'choice':
      return `(?:${node.items.map((item) => emit(item, names, last)).join('|')})`
    case 'capture': {
      const inner = emit(node.item, names, last)
      return names.referenced.has(node.index) ? `(?<c${node.index}>${inner})` : `(?:${inner})`
    }
    case 'backreference':
      return `\\k<c${node.index}>`
    case 'look': {
      const open = `(?${node.behind ? '<' : ''}${node.negative ? '!' : '='}`
      return `${open}${emit(node.item, names, false)})`
    }
    case 'atomic': {
      const inner = emit(node.item, names, last)
      return last ? `(?:${inner})` : seal(inner, names)
    }
    case 'repeat': {
      const { min, max } = node
      const once = max === 1
      const inner = emit(node.item, names, last && once)
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
function seal(inner: string, names: Names): string {
  const name = `a${names.atomic++}`
  return `(?=(?<${name}>${inner}))\\k<${name}>`
}
