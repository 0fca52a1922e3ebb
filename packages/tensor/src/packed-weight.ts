import { OptionError, ShapeError } from './errors.ts'
import { shapeText } from './shape.ts'
import type { Tensor } from './tensor.ts'

// Rows of a strip, k of a tile, and tiles that share what stands before them.
const STRIP = 16
const BLOCK = 32
const SUPER = 8

/** Number of the native scheme, bytes of a tile, and of what stands before every eight tiles. */
const layouts = {
  q8: { number: 0, tile: 544, prefix: 0 },
  q8Low: { number: 1, tile: 576, prefix: 0 },
  q4: { number: 2, tile: 288, prefix: 0 },
  q4Low: { number: 3, tile: 320, prefix: 0 },
  q4Super: { number: 4, tile: 288, prefix: 64 },
  q8Super: { number: 5, tile: 544, prefix: 64 },
  q8Halves: { number: 6, tile: 544, prefix: 32 },
} as const

/**
 * How weights are stored in 16 by 32 tiles: `q8` and `q4` have an f16 scale per 32 values, `Low` adds a lowest value,
 * `Super` has six-bit scales and lows under f16 ones per 256, `Halves` eight-bit scales per 16.
 */
export type PackedScheme = keyof typeof layouts

/** The schemes that hold types of GGUF without loss. */
export const packableTypes = {
  Q4_0: 'q4',
  Q4_1: 'q4Low',
  Q5_0: 'q8',
  Q5_1: 'q8Low',
  Q8_0: 'q8',
  Q4_K: 'q4Super',
  Q5_K: 'q8Super',
  Q6_K: 'q8Halves',
} as const satisfies Readonly<Record<string, PackedScheme>>

/** A GGUF type that stays quantized. */
export type PackableGGUFType = keyof typeof packableTypes

/** The scheme that holds a type of GGUF; undefined for types that are dequantized. */
export const schemeOfGGUF = (type: string): PackedScheme | undefined =>
  Object.hasOwn(packableTypes, type) ? packableTypes[type as PackableGGUFType] : undefined

/** What products with quantized weights do with activations; see `PackedWeight.compute`. */
export type PackedCompute = 'exact' | 'fast'

/** Number of a scheme in native commands. */
export const schemeNumber = (scheme: PackedScheme): number => layouts[scheme].number

/** Bytes of a packed weight [rows, columns]. */
export function packedBytes(
  scheme: PackedScheme,
  [rows, columns]: readonly [number, number],
): number {
  const { tile, prefix } = layouts[scheme]
  const group = prefix > 0 ? SUPER : 1
  const tiles = Math.ceil(Math.ceil(columns / BLOCK) / group) * group
  return Math.ceil(rows / STRIP) * (tiles * tile + (tiles / SUPER) * prefix)
}

/** A weight [N, K] that stays quantized: what `packWeight` and `packGGUF` make. Owns its bytes. */
export class PackedWeight {
  readonly scheme: PackedScheme
  /** Logical shape [N, K]. */
  readonly shape: readonly [number, number]
  /** The tiles, u8 [bytes]. */
  readonly data: Tensor
  /**
   * 'exact': every weight is made the f32 that it stands for, activations stay f32. 'fast': activations are
   * rounded to eight bits with a scale per 32 values.
   */
  readonly compute: PackedCompute

  constructor(
    scheme: PackedScheme,
    shape: readonly [number, number],
    data: Tensor,
    compute: PackedCompute,
  ) {
    this.scheme = scheme
    this.shape = shape
    this.data = data
    this.compute = compute
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.data.size
  }

  /** Frees the bytes. */
  dispose(): void {
    this.data.dispose()
  }
}

/** Checks the `compute` option. */
export function checkCompute(where: string, compute: string): PackedCompute {
  if (compute === 'exact' || compute === 'fast') return compute
  throw new OptionError(
    `${where}: compute must be 'exact' or 'fast'; got ${JSON.stringify(compute)}.`,
  )
}

/** Throws `ERR_SHAPE` unless `shape` is [N, K] that native commands can count. */
export function checkPackedShape(
  where: string,
  shape: readonly number[],
): readonly [number, number] {
  const [rows, columns] = shape
  const isSize = (n: number | undefined) => Number.isInteger(n) && n! > 0 && n! < 2 ** 32
  if (shape.length === 2 && isSize(rows) && isSize(columns)) return [rows!, columns!]
  throw new ShapeError(
    `${where}: the weight must be [N, K], both from 1 to 2^32 - 1; got ${shapeText(shape)}.`,
  )
}
