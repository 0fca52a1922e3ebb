// Writes SentencePiece files for tests.
import type { Algorithm } from './model-file.ts'

/** What {@link modelBytes} writes; the rest is as SentencePiece leaves it. */
export interface TestModel {
  readonly algorithm?: Algorithm
  /** Pieces behind `<unk>`, `<s>`, `</s>` and, with `byteFallback`, the bytes. */
  readonly pieces: readonly (readonly [piece: string, score: number, kind: number])[]
  readonly byteFallback?: boolean
  readonly suffix?: boolean
  readonly prefix?: boolean
  readonly trim?: boolean
  readonly escape?: boolean
  readonly charsmap?: Uint8Array
  /** Write the pieces alone, without those in front. */
  readonly bare?: boolean
}

const encoder = new TextEncoder()

/** The bytes of a `.model` file. */
export function modelBytes(model: TestModel): Uint8Array {
  const { algorithm = 'bpe', byteFallback = false } = model
  const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0')
  const bytes = Array.from({ length: 256 }, (_, byte) => [`<0x${hex(byte)}>`, 0, 6] as const)
  const front = [['<unk>', 0, 2] as const, ['<s>', 0, 3] as const, ['</s>', 0, 3] as const]
  const pieces = [
    ...(model.bare ? [] : [...front, ...(byteFallback ? bytes : [])]),
    ...model.pieces,
  ]
  const trainer = [
    ...number(3, ['unigram', 'bpe', 'word', 'char'].indexOf(algorithm) + 1),
    ...number(24, model.suffix ? 1 : 0),
    ...number(35, byteFallback ? 1 : 0),
  ]
  const normalizer = [
    ...(model.charsmap ? field(2, [...model.charsmap]) : []),
    ...number(3, model.prefix === false ? 0 : 1),
    ...number(4, model.trim === false ? 0 : 1),
    ...number(5, model.escape === false ? 0 : 1),
  ]
  return Uint8Array.from([
    ...pieces.flatMap((piece) => field(1, pieceBytes(piece))),
    ...field(2, trainer),
    ...field(3, normalizer),
  ])
}

function pieceBytes([piece, score, kind]: readonly [string, number, number]): number[] {
  const float = new Uint8Array(Float32Array.of(score).buffer)
  return [...field(1, [...encoder.encode(piece)]), 0x15, ...float, ...number(3, kind)]
}

function varint(value: number): number[] {
  const bytes: number[] = []
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80)
  return [...bytes, value]
}

const number = (tag: number, value: number): number[] => [...varint(tag * 8), ...varint(value)]
const field = (tag: number, bytes: readonly number[]): number[] => [
  ...varint(tag * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
]
