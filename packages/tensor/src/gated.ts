import { empty } from './empty.ts'
import { launch } from './encoder.ts'
import { DTypeError, ShapeError } from './errors.ts'
import { shapeText } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** Codes of the `swiglu` command: the order of `Gate::ALL` in native/crates/kernels/src/swiglu.rs. */
const codes = { silu: 0, gelu: 1, geluTanh: 2 } as const

/** Enqueues act(gate) * up. */
export function gated(where: string, act: keyof typeof codes, gate: Tensor, up: Tensor): Tensor {
  const { dtype } = gate
  if (up.dtype !== dtype || (dtype !== 'f32' && dtype !== 'bf16' && dtype !== 'f16')) {
    throw new DTypeError(
      `${where}: gate and up must both be f32, bf16 or f16; got ${dtype} and ${up.dtype}. Convert with .to().`,
    )
  }
  if (gate.rank !== up.rank || gate.shape.some((dim, i) => dim !== up.shape[i])) {
    throw new ShapeError(
      `${where}: gate and up must have one shape; got ${shapeText(gate.shape)} and ${shapeText(up.shape)}.`,
    )
  }
  const out = empty(where, gate.shape, dtype)
  launch('swiglu', 'iio', [gate, up, out], (p) => p.u32(codes[act]))
  return out
}
