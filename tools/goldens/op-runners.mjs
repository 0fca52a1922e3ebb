// How each op of the goldens is called here: (heddle, inputs, arguments of the golden) -> a tensor, a list of
// tensors, an object of tensors by output name, or undefined when these arguments are not supported yet.
import { attention } from './op-attention.mjs'
import { rope, ropeTable } from './op-rope.mjs'

const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())

const table = (names, runner) =>
  Object.fromEntries(names.split(' ').map((name) => [name, runner(camel(name))]))

const unary = (name) => (h, inputs) => h[name](inputs.x)
const binary = (name) => (h, inputs) => h[name](inputs.a, inputs.b)
const reduction =
  (name) =>
  (h, { x }, args) =>
    h[name](x, reduced(args))

const reduced = ({ dim, keepdim = false }) => ({ axis: dim ?? undefined, keepDims: keepdim })
const scalar = (value) => (value === 'inf' ? Infinity : value === '-inf' ? -Infinity : value)

/** A reduction with its position: our ops give values and indices each for themselves. */
const extreme =
  (values, indices) =>
  (h, { x }, args) => ({
    values: h[values](x, reduced(args)),
    indices: h[indices](x, { ...reduced(args), dtype: 'i64' }),
  })

const position =
  (name) =>
  (h, { x }, args) =>
    h[name](x, { ...reduced(args), dtype: 'i64' })

const spread =
  (name) =>
  (h, { x }, { correction = 1, ...args }) =>
    h[name](x, { ...reduced(args), correction })

/** Activations are f32 here: a 16-bit golden is computed in f32 and rounded once, as its README says. */
const inF32 =
  (run) =>
  (h, { x, ...inputs }, args) => {
    const result = run(h, { ...inputs, x: x.to('f32') }, args)
    return result && (x.dtype === 'f32' ? result : result.to(x.dtype))
  }

const dtypes = {
  float32: 'f32',
  float16: 'f16',
  bfloat16: 'bf16',
  float64: 'f64',
  int64: 'i64',
  int32: 'i32',
  int16: 'i16',
  int8: 'i8',
  uint8: 'u8',
  bool: 'bool',
}

function create(h, _inputs, { kind, shape, value, start, end, step, dtype }) {
  if (kind === 'zeros' || kind === 'ones') return h[kind](shape)
  if (kind === 'full') return h.full(shape, value)
  if (kind === 'arange') return h.arange(start, end, { step, dtype: dtypes[dtype] })
  return undefined
}

function rmsNorm(h, { x, weight }, { eps = 1e-6, offset, cast }) {
  if (offset) return undefined // (1 + weight), as in gemma, is not supported yet
  if (x.dtype === 'f32') return h.rmsNorm(x, weight, { eps })
  const wide = x.to('f32')
  if (cast !== 'before_weight') return h.rmsNorm(wide, weight, { eps }).to(x.dtype)
  return h.mul(h.rmsNorm(wide, undefined, { eps }).to(x.dtype), weight)
}

function matmul(h, { a, b }) {
  if (!h.isFloat(a.dtype)) return undefined // products of integers are not supported yet
  if (a.dtype === 'f32') return h.matmul(a, b)
  return h.matmul(a.to('f32'), b).to(a.dtype)
}

export const opRunners = {
  ...table(
    'exp exp2 expm1 log log2 log10 log1p sqrt rsqrt square reciprocal sin cos tan asin acos atan ' +
      'sinh cosh tanh sigmoid silu gelu gelu_tanh quick_gelu relu softplus erf erfc abs neg sign ' +
      'floor ceil round trunc isnan isinf isfinite logical_not',
    unary,
  ),
  ...table(
    'add sub mul div maximum minimum atan2 pow floor_divide remainder fmod eq ne lt le gt ge ' +
      'logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor shift_left shift_right ' +
      'outer',
    binary,
  ),
  ...table('sum mean logsumexp any all count_nonzero prod', reduction),
  round_half: unary('round'),
  elu: (h, { x }, { alpha }) => h.elu(x, { alpha }),
  leaky_relu: (h, { x }, { slope }) => h.leakyRelu(x, { slope }),
  softplus_beta: (h, { x }, { beta, threshold }) => h.softplus(x, { beta, threshold }),
  clamp: (h, { x }, { min, max }) => h.clamp(x, { min: min ?? undefined, max: max ?? undefined }),
  swiglu: (h, { gate, up }) => h.swiglu(gate, up),
  // The golden is the tanh form, as in gemma.
  geglu: (h, { gate, up }) => h.geglu(gate, up, { approximate: 'tanh' }),
  pow_scalar: (h, { x }, { exponent }) => h.pow(x, exponent),
  where: (h, { cond, a, b }) => h.where(cond, a, b),
  masked_fill: (h, { x, mask }, { value }) => h.maskedFill(x, mask, scalar(value)),
  amax: reduction('max'),
  amin: reduction('min'),
  max: extreme('max', 'argmax'),
  min: extreme('min', 'argmin'),
  argmax: position('argmax'),
  argmin: position('argmin'),
  var: spread('variance'),
  std: spread('std'),
  cumsum: (h, { x }, { dim }) => h.cumsum(x, { axis: dim }),
  cumprod: (h, { x }, { dim }) => h.cumprod(x, { axis: dim }),
  norm: (h, { x }, { p, ...args }) => h.norm(x, { ...reduced(args), p: scalar(p) }),
  matmul,
  linear: inF32((h, { x, weight, bias }) => h.linear(x, weight, bias)),
  embedding: (h, { weight, ids }) => h.embedding(weight, ids).to(weight.dtype),
  gather: (h, { x, index }, { dim }) => h.gather(x, index, dim),
  index_select: (h, { x, index }, { dim }) => h.indexSelect(x, index, dim),
  take_along_dim: (h, { x, index }, { dim }) => h.takeAlongDim(x, index, dim),
  softmax: inF32((h, { x }, { dim = -1 }) => h.softmax(x, { axis: dim })),
  softmax_f32: inF32((h, { x }) => h.softmax(x)),
  log_softmax: inF32((h, { x }, { dim = -1 }) => h.logSoftmax(x, { axis: dim })),
  layer_norm: inF32((h, { x, weight, bias }, { axes = 1, eps = 1e-5 }) =>
    axes === 1 ? h.layerNorm(x, weight, bias, { eps }) : undefined,
  ),
  rms_norm: rmsNorm,
  rope_table: ropeTable,
  rope: inF32(rope),
  attention,
  cast: (_h, { x }, { dtype }) => dtypes[dtype] && x.to(dtypes[dtype]),
  create,
  view: (_h, { x }) => x.contiguous(),
  reshape: (_h, { x }, { shape }) => x.reshape(shape),
  squeeze: (_h, { x }, { dim }) => x.squeeze(dim ?? undefined),
  unsqueeze: (_h, { x }, { dim }) => x.unsqueeze(dim),
  concat: (h, { xs }, { dim }) => h.concat(xs, dim),
  stack: (h, { xs }, { dim }) => h.stack(xs, dim),
  split: (h, { x }, { sizes, dim }) => h.split(x, sizes, dim),
  chunk: (h, { x }, { chunks, dim }) => h.chunk(x, chunks, dim),
  tril: (h, { x }, { k }) => h.tril(x, { diagonal: k }),
  triu: (h, { x }, { k }) => h.triu(x, { diagonal: k }),
}
