// How each op of the goldens is called here: (heddle, inputs, arguments of the golden) -> tensor, list or
// undefined when these arguments are not supported.

const unary =
  (name) =>
  (h, { x }) =>
    h[name](x)
const binary =
  (name) =>
  (h, { a, b }) =>
    h[name](a, b)

export const opRunners = {
  matmul: binary('matmul'),
  linear: (h, { x, weight, bias }) => (x.dtype === 'f32' ? h.linear(x, weight, bias) : undefined),
  rms_norm: (h, { x, weight }, { eps }) =>
    x.dtype === 'f32' && eps !== undefined ? h.rmsNorm(x, weight, { eps }) : undefined,
  exp: unary('exp'),
}
