// Conversions of the 16-bit float types on the JavaScript side (small host data only; tensors are cast natively).

const f32 = new Float32Array(1)
const u32 = new Uint32Array(f32.buffer)

/** Bits of the nearest bf16 (ties to even; NaN stays NaN). */
export function toBf16(value: number): number {
  f32[0] = value
  const bits = u32[0]!
  if (value !== value) return (bits >>> 16) | 0x40
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff
}

/** Bits of the nearest f16 (ties to even, overflow to infinity). */
export function toF16(value: number): number {
  f32[0] = value
  const bits = u32[0]!
  const sign = (bits >>> 16) & 0x8000
  const abs = bits & 0x7fffffff
  if (abs > 0x7f800000) return sign | 0x7e00
  if (abs >= 0x477ff000) return sign | 0x7c00
  if (abs < 0x38800000) {
    u32[0] = abs
    f32[0] = f32[0]! + 0.5
    return sign | (u32[0]! - 0x3f000000)
  }
  return sign | (((abs + 0xfff + ((abs >>> 13) & 1) - 0x38000000) >>> 13) & 0x7fff)
}

/** Widens bf16 bits. */
export function fromBf16(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16
  return new Float32Array(out.buffer)
}

/** Widens f16 bits. */
export function fromF16(bits: Uint16Array): Float32Array {
  const out = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) {
    const h = bits[i]!
    const sign = h & 0x8000 ? -1 : 1
    const exponent = (h >>> 10) & 31
    const mantissa = h & 1023
    if (exponent === 31) out[i] = mantissa ? NaN : sign * Infinity
    else if (exponent === 0) out[i] = sign * mantissa * 2 ** -24
    else out[i] = sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
  }
  return out
}
