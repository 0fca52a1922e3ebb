/** How a type of GGUF files packs its values. */
export interface GGUFBlock {
  /** The type's number in a file. */
  readonly id: number
  /** Values in a block; rows are whole blocks. */
  readonly values: number
  /** Bytes of a block. */
  readonly bytes: number
}

const block = (id: number, values: number, bytes: number): GGUFBlock => ({ id, values, bytes })

/** The types that `dequantizeGGUF` decodes; native/crates/kernels/src/gguf/mod.rs has the same list. */
export const ggufBlocks = {
  F32: block(0, 1, 4),
  F16: block(1, 1, 2),
  Q4_0: block(2, 32, 18),
  Q4_1: block(3, 32, 20),
  Q5_0: block(6, 32, 22),
  Q5_1: block(7, 32, 24),
  Q8_0: block(8, 32, 34),
  Q2_K: block(10, 256, 84),
  Q3_K: block(11, 256, 110),
  Q4_K: block(12, 256, 144),
  Q5_K: block(13, 256, 176),
  Q6_K: block(14, 256, 210),
  IQ2_XXS: block(16, 256, 66),
  IQ2_XS: block(17, 256, 74),
  IQ3_XXS: block(18, 256, 98),
  IQ1_S: block(19, 256, 50),
  IQ4_NL: block(20, 32, 18),
  IQ3_S: block(21, 256, 110),
  IQ2_S: block(22, 256, 82),
  IQ4_XS: block(23, 256, 136),
  IQ1_M: block(29, 256, 56),
  BF16: block(30, 1, 2),
  TQ1_0: block(34, 256, 54),
  TQ2_0: block(35, 256, 66),
  MXFP4: block(39, 32, 17),
  NVFP4: block(40, 64, 36),
} as const satisfies Readonly<Record<string, GGUFBlock>>

/** Name of a type that `dequantizeGGUF` decodes. */
export type GGUFType = keyof typeof ggufBlocks

/** True for the name of such a type. */
export const isGGUFType = (name: unknown): name is GGUFType =>
  typeof name === 'string' && Object.hasOwn(ggufBlocks, name)
