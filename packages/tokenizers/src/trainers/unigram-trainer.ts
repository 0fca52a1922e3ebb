// SentencePiece's training: begin with far too many pieces, estimate how likely each is (EM), throw away those whose
// loss hurts least, and again, until the wanted number is left.
import { TokenizerError } from '../errors.ts'
import { PrefixTrie } from '../models/prefix-trie.ts'
import { compareCodePoints } from '../code-point-order.ts'
import { Lattice } from './lattice.ts'
import type { Pace } from './pace.ts'
import { seedPieces } from './seed-pieces.ts'
import { sortInTurns } from './sort-in-turns.ts'
import type { CheckedOptions } from './trainer-options.ts'
import type { WordCounts } from './word-counts.ts'

/** What a Unigram training yields: the `vocab` and `unk_id` of the model. */
export interface LearntPieces {
  readonly vocab: readonly (readonly [token: string, score: number])[]
  readonly unkId: number | undefined
}

/** A piece with its score and its node in the trie. */
interface Piece {
  readonly text: string
  readonly node: number
  score: number
}

const UNK_PENALTY = 10
// Pieces that are expected less often than this are dropped.
const MIN_EXPECTED = 0.5
// Characters that no piece is left of get scores this much apart.
const SCORE_STEP = 0.0001

/** Learns the pieces of a Unigram model. */
export async function trainUnigram(
  counted: WordCounts,
  options: CheckedOptions,
  pace: Pace,
): Promise<LearntPieces> {
  const required = await requiredCharacters(counted, options.initialAlphabet, pace)
  const isUnkSpecial = options.specialTokens.some(({ content }) => content === options.unkToken)
  const addsUnk = options.unkToken !== undefined && !isUnkSpecial
  const specials = [
    ...(addsUnk ? [options.unkToken!] : []),
    ...options.specialTokens.map(({ content }) => content),
  ]
  const room = options.vocabSize - specials.length
  if (required.length > room) {
    throw new TokenizerError(
      'ERR_TOKENIZER_OPTION',
      `trainTokenizer: vocabSize must leave room for ${specials.length} special tokens and ` +
        `${required.length} characters; got ${options.vocabSize}.`,
      { details: { vocabSize: options.vocabSize, characters: required.length } },
    )
  }
  const training = new Training(counted, options, pace)
  await training.seed()
  await training.run()
  const pieces = withRequired(training.pieces, required, room)
  const vocab = specials.map((token): [string, number] => [token, 0]).concat(pieces)
  const unkId = options.unkToken === undefined ? undefined : specials.indexOf(options.unkToken)
  return { vocab, unkId }
}

class Training {
  pieces: Piece[] = []
  readonly #counted: WordCounts
  readonly #options: CheckedOptions
  readonly #pace: Pace
  readonly #trie = new PrefixTrie()
  readonly #lattice = new Lattice(this.#trie)
  #scores = new Float64Array(0)
  #unkScore = 0
  #passes = 0

  constructor(counted: WordCounts, options: CheckedOptions, pace: Pace) {
    this.#counted = counted
    this.#options = options
    this.#pace = pace
  }

  /** Fills the trie; it keeps its nodes to the end, only the values change. */
  async seed(): Promise<void> {
    const { pieces, weights } = await seedPieces(this.#counted, this.#options, this.#pace)
    let sum = 0
    for (const weight of weights) sum += weight
    const logSum = Math.log(sum)
    for (let i = 0; i < pieces.length; i++) {
      const text = pieces[i]!
      this.#trie.add(text, i + 1, 'trainTokenizer')
      const score = Math.log(weights[i]!) - logSum
      this.pieces.push({ text, node: this.#trie.find(text), score })
      if (i % 1024 === 0) await this.#rest()
    }
    this.#use(this.pieces)
  }

  async run(): Promise<void> {
    // A tenth more than wanted: the last ones are chosen when the characters have their places.
    const wanted = Math.floor((this.#options.vocabSize * 11) / 10)
    for (;;) {
      for (let i = 0; i < this.#options.nSubIterations; i++) {
        const expected = await this.#expect()
        this.#use(maximize(this.pieces, expected))
      }
      const before = this.pieces.length
      if (before + 1 <= wanted) return
      this.#use(await this.#prune(wanted))
      if (this.pieces.length === before) return
    }
  }

  /** Makes these the pieces; their numbers start at 1, 0 stands for unknown characters. */
  #use(pieces: Piece[]): void {
    for (const { node } of this.pieces) this.#trie.setValueAt(node, -1)
    this.pieces = pieces
    this.#scores = new Float64Array(pieces.length + 1)
    let lowest = Infinity
    pieces.forEach(({ node, score }, i) => {
      this.#trie.setValueAt(node, i + 1)
      this.#scores[i + 1] = score
      lowest = Math.min(lowest, score)
    })
    this.#unkScore = lowest - UNK_PENALTY
  }

  /** How often each piece is to be expected in the words. */
  async #expect(): Promise<Float64Array> {
    const expected = new Float64Array(this.pieces.length + 1)
    this.#passes++
    await this.#forWords((count) => this.#lattice.addExpected(count, expected))
    return expected
  }

  async #forWords(visit: (count: number) => void): Promise<void> {
    const { words, counts } = this.#counted
    const { vocabSize, shrinkingFactor, nSubIterations } = this.#options
    const prunings = Math.log((vocabSize * 1.1) / this.pieces.length) / Math.log(shrinkingFactor)
    const total = this.#passes + Math.ceil(Math.max(0, prunings)) * nSubIterations
    for (let i = 0; i < words.length; i++) {
      this.#load(words[i]!)
      visit(counts[i]!)
      if (i % 64 === 0 && this.#pace.isDue)
        await this.#pace.rest('estimates', this.#passes - 1, total)
    }
  }

  #rest(): Promise<void> | undefined {
    return this.#pace.isDue ? this.#pace.rest('estimates', this.#passes, undefined) : undefined
  }

  #load(text: string): void {
    this.#lattice.load(text, this.#scores, this.#unkScore)
  }

  /** The pieces that stay: those that cannot be spelled otherwise and those whose loss would hurt most. */
  async #prune(wanted: number): Promise<Piece[]> {
    const { pieces } = this
    const frequencies = new Float64Array(pieces.length + 1)
    let words = 0
    await this.#forWords((count) => {
      words += count
      for (const id of this.#lattice.best()) frequencies[id]! += count
    })
    let sum = 0
    for (const frequency of frequencies) sum += frequency
    const logSum = Math.log(sum)
    const kept: Piece[] = []
    const candidates: { piece: Piece; loss: number }[] = []
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i]!
      const frequency = frequencies[i + 1]!
      this.#load(piece.text)
      const parts = this.#lattice.bestParts()
      if (!parts) kept.push(piece)
      else if (frequency > 0 && parts.beatsWhole) kept.push(piece)
      else if (frequency > 0) {
        // Without the piece its parts would occur more often by as much. Their sum would grow by that times the parts;
        // the reference, as SentencePiece, takes the number of all pieces for theirs, which decides what is kept.
        const logSumOfParts = Math.log(sum + frequency * pieces.length)
        let ofParts = 0
        for (let k = parts.ids.length - 1; k >= 0; k--)
          ofParts += Math.log(frequencies[parts.ids[k]!]! + frequency) - logSumOfParts
        const loss = (frequency / words) * (Math.log(frequency) - logSum - ofParts)
        candidates.push({ piece, loss })
      }
      if (i % 256 === 0) await this.#rest()
    }
    const size = Math.max(wanted, Math.floor((pieces.length + 1) * this.#options.shrinkingFactor))
    const sorted = await sortInTurns(
      candidates,
      (a, b) => b.loss - a.loss,
      () => this.#rest(),
    )
    // Piece 0 counts as well.
    const room = Math.max(0, size - 1 - kept.length)
    return kept.concat(sorted.slice(0, room).map(({ piece }) => piece))
  }
}

/** New scores from expected counts, with a prior that is for few pieces (a Dirichlet process). */
function maximize(pieces: readonly Piece[], expected: Float64Array): Piece[] {
  const kept: Piece[] = []
  let sum = 0
  pieces.forEach(({ text, node }, i) => {
    const count = expected[i + 1]!
    if (count < MIN_EXPECTED) return
    kept.push({ text, node, score: count })
    sum += count
  })
  const logSum = digamma(sum)
  for (const piece of kept) piece.score = digamma(piece.score) - logSum
  return kept
}

/** The derivative of the logarithm of the gamma function, for x above 0: a recurrence, then the asymptotic series. */
export function digamma(x: number): number {
  let result = 0
  let shifted = x
  for (; shifted < 7; shifted++) result -= 1 / shifted
  shifted -= 0.5
  const square = 1 / (shifted * shifted)
  const series = 1 / 24 - square * (7 / 960 - square * (31 / 8064 - (square * 127) / 30720))
  return result + Math.log(shifted) + square * series
}

async function requiredCharacters(
  { words }: WordCounts,
  initialAlphabet: readonly string[],
  pace: Pace,
): Promise<string[]> {
  const characters = new Set(initialAlphabet)
  for (let i = 0; i < words.length; i++) {
    for (const character of words[i]!) characters.add(character)
    if (i % 1024 === 0 && pace.isDue) await pace.rest('seeds', 0, undefined)
  }
  return [...characters].sort(compareCodePoints)
}

/** `room` pieces at most, all required characters among them, by score. */
function withRequired(
  pieces: readonly Piece[],
  required: readonly string[],
  room: number,
): [string, number][] {
  const scores = new Map(pieces.map(({ text, score }) => [text, score]))
  let lowest = Infinity
  for (const { score } of pieces) lowest = Math.min(lowest, score)
  if (lowest === Infinity) lowest = 0
  let penalty = 0
  const chosen = new Map<string, number>()
  for (const character of required) {
    const score = scores.get(character)
    chosen.set(character, score ?? lowest + penalty)
    if (score === undefined) penalty += SCORE_STEP
  }
  for (const { text, score } of pieces) {
    if (chosen.size >= room) break
    if (!chosen.has(text)) chosen.set(text, score)
  }
  return [...chosen].sort(([, a], [, b]) => b - a)
}
