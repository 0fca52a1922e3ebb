import { TokenizerError } from '../../errors.ts'
import { WireReader } from '../wire-reader.ts'

/** How a SentencePiece model cuts text. */
export type Algorithm = 'unigram' | 'bpe' | 'word' | 'char'

/** What a piece is for, numbered as in the file. */
export const pieceKind = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const

/** The fields of a SentencePiece `.model` that change ids or text. */
export interface ModelFile {
  readonly algorithm: Algorithm
  readonly pieces: readonly (readonly [piece: string, score: number, kind: number])[]
  readonly byteFallback: boolean
  readonly treatWhitespaceAsSuffix: boolean
  readonly unkSurface: string
  /** Names of pieces; a piece of that name need not exist. */
  readonly bosPiece: string
  readonly eosPiece: string
  readonly padPiece: string
  readonly charsmap: Uint8Array
  readonly addDummyPrefix: boolean
  readonly removeExtraWhitespaces: boolean
  readonly escapeWhitespaces: boolean
}

const MAX_PIECES = 2 ** 22
const algorithms = ['unigram', 'bpe', 'word', 'char'] as const

/** Reads a SentencePiece model as it lies in tokenizer.model or spiece.model. */
export function readModelFile(bytes: Uint8Array, where: string): ModelFile {
  const pieces: [string, number, number][] = []
  const trainer = {
    algorithm: 'unigram' as Algorithm,
    byteFallback: false,
    treatWhitespaceAsSuffix: false,
    unkSurface: ' \u2047 ',
    bosPiece: '<s>',
    eosPiece: '</s>',
    padPiece: '<pad>',
  }
  const normalizer = {
    charsmap: new Uint8Array(0),
    addDummyPrefix: true,
    removeExtraWhitespaces: true,
    escapeWhitespaces: true,
  }
  const file = new WireReader(bytes, where)
  while (file.next()) {
    if (file.field === 1) {
      if (pieces.length >= MAX_PIECES) throw tooMany(where)
      pieces.push(readPiece(file, pieces.length))
    } else if (file.field === 2) readTrainer(file.message('trainer_spec'), trainer, where)
    else if (file.field === 3) readNormalizer(file.message('normalizer_spec'), normalizer)
    else if (file.field === 5) checkDenormalizer(file.message('denormalizer_spec'), where)
    else file.skip()
  }
  return { pieces, ...trainer, ...normalizer }
}

function readPiece(file: WireReader, index: number): [string, number, number] {
  const message = file.message(`pieces[${index}]`)
  const piece: [string, number, number] = ['', 0, pieceKind.normal]
  while (message.next()) {
    if (message.field === 1) piece[0] = message.string()
    else if (message.field === 2) piece[1] = message.float()
    else if (message.field === 3) piece[2] = message.int32()
    else message.skip()
  }
  return piece
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

function readTrainer(
  message: WireReader,
  into: Writable<
    Pick<
      ModelFile,
      | 'algorithm'
      | 'byteFallback'
      | 'treatWhitespaceAsSuffix'
      | 'unkSurface'
      | 'bosPiece'
      | 'eosPiece'
      | 'padPiece'
    >
  >,
  where: string,
): void {
  while (message.next()) {
    switch (message.field) {
      case 3:
        into.algorithm = readAlgorithm(message.int32(), where)
        break
      case 24:
        into.treatWhitespaceAsSuffix = message.bool()
        break
      case 35:
        into.byteFallback = message.bool()
        break
      case 44:
        into.unkSurface = message.string()
        break
      case 46:
        into.bosPiece = message.string()
        break
      case 47:
        into.eosPiece = message.string()
        break
      case 48:
        into.padPiece = message.string()
        break
      default:
        message.skip()
    }
  }
}

function readAlgorithm(value: number, where: string): Algorithm {
  const algorithm = algorithms[value - 1]
  if (algorithm) return algorithm
  throw new TokenizerError(
    'ERR_TOKENIZER_FORMAT',
    `${where}: trainer_spec.model_type must be 1 (unigram), 2 (bpe), 3 (word) or 4 (char); got ${value}.`,
  )
}

function readNormalizer(
  message: WireReader,
  into: Writable<
    Pick<ModelFile, 'charsmap' | 'addDummyPrefix' | 'removeExtraWhitespaces' | 'escapeWhitespaces'>
  >,
): void {
  while (message.next()) {
    if (message.field === 2) into.charsmap = message.bytes()
    else if (message.field === 3) into.addDummyPrefix = message.bool()
    else if (message.field === 4) into.removeExtraWhitespaces = message.bool()
    else if (message.field === 5) into.escapeWhitespaces = message.bool()
    else message.skip()
  }
}

// Rules for the way back from pieces to text; hardly any model has them.
function checkDenormalizer(message: WireReader, where: string): void {
  while (message.next()) {
    if (message.field === 2 && message.bytes().length > 0) {
      throw new TokenizerError(
        'ERR_TOKENIZER_UNSUPPORTED',
        `${where}: a denormalizer_spec with rules is not supported yet.`,
      )
    }
    if (message.field !== 2) message.skip()
  }
}

function tooMany(where: string): TokenizerError {
  return new TokenizerError(
    'ERR_TOKENIZER_LIMIT',
    `${where}: may hold ${MAX_PIECES} pieces at most; got more.`,
  )
}
