// A digest of the bits of many results on this process's instruction set level and number of threads.
import { createHash } from 'node:crypto'

const h = await import(process.env.HEDDLE_BUNDLE)
let seed = 99
const random = (n, scale = 1) =>
  Float32Array.from({ length: n }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return (seed / 2 ** 31 - 1) * scale
  })
const make = (shape, scale) =>
  h.tensor(
    random(
      shape.reduce((a, b) => a * b, 1),
      scale,
    ),
    { shape },
  )
const digests = {}
async function note(name, t) {
  digests[name] = createHash('sha256')
    .update(new Uint8Array(await t.bytes()))
    .digest('hex')
    .slice(0, 16)
  t.dispose()
}
/** With activations as they are, and where they may be rounded. */
async function both(name, make) {
  h.setMatmulPrecision('highest')
  await note(name, make())
  h.setMatmulPrecision('high')
  await note(`${name} high`, make())
}
try {
  h.full([1], 1)
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }))
  process.exit(3)
}
const x = make([37, 193], 3)
const w = make([131, 193], 1)
const bias = make([131], 1)
await note('linear', h.linear(x, w, bias))
await both('linear bf16', () => h.linear(x, w.to('bf16'), bias))
await both('linear bf16 row', () => h.linear(x.slice(0, 3, 4), w.to('bf16'), bias))
await note('linear f16 row', h.linear(x.slice(0, 3, 4), w.to('f16'), bias))
await note('linear large', h.linear(make([65, 700], 1), make([1100, 700], 1)))
await note('matmul', h.matmul(make([3, 50, 70], 1), make([3, 70, 90], 1)))
await note('matmul row', h.matmul(make([1, 300], 1), make([300, 500], 1)))
await note('softmax', h.softmax(x))
await note('logSoftmax', h.logSoftmax(x))
await note('rmsNorm', h.rmsNorm(x, make([193], 1), { eps: 1e-6 }))
await note('layerNorm', h.layerNorm(x, make([193], 1), make([193], 1), { eps: 1e-5 }))
const wide = make([300_000], 1)
await note('sum', wide.sum())
await note('mean rows', x.mean({ axis: 1 }))
await note('sum columns', x.sum({ axis: 0 }))
for (const name of [
  'exp',
  'silu',
  'gelu',
  'geluTanh',
  'tanh',
  'sigmoid',
  'erf',
  'sin',
  'rsqrt',
  'log',
])
  await note(name, h[name](make([4099], 9)))
await note('swiglu', h.swiglu(make([5, 999], 4), make([5, 999], 4)))
await note('cumsum', h.cumsum(x, { axis: 1 }))
await note('argmax', h.argmax(x, { axis: 1 }))
await note('to f16', x.to('f16'))
await note('to bf16', x.to('bf16'))
const positions = h.tensor([...Array(40).keys()], { shape: [1, 40], dtype: 'i32' })
const table = h.ropeTable(positions, make([16], 1))
await note('ropeTable', table.clone())
await note('rope', h.rope(make([1, 4, 40, 32], 1), table))
for (const dtype of ['f32', 'bf16', 'f16']) {
  const k = h.zeros([1, 2, 40, 32, 16], { dtype })
  const v = h.zeros([1, 2, 640, 32], { dtype })
  h.kvAppend(
    k,
    v,
    make([1, 2, 600, 32], 1),
    make([1, 2, 600, 32], 1),
    h.tensor([0], { dtype: 'i32' }),
  )
  const kv = { k, v, past: h.tensor([560], { dtype: 'i32' }) }
  const many = make([1, 4, 40, 32], 1)
  await both(`attention ${dtype}`, () => h.attention(many, kv, { scale: 0.2 }))
  kv.past = h.tensor([599], { dtype: 'i32' })
  const one = make([1, 4, 1, 32], 1)
  await both(`attention one ${dtype}`, () => h.attention(one, kv, { scale: 0.2, window: 300 }))
}
const logits = make([3, 5000], 6)
h.filterLogits(logits, { temperature: 0.8, topK: 50, topP: 0.9 })
await note('filterLogits', logits.clone())
await note('multinomial', h.multinomial(logits, h.randomState(5)))
console.log(JSON.stringify({ level: h.deviceInfo().level, best: h.deviceInfo().best, digests }))
