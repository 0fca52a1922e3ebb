// Host arrays are transferred, resized, grown, overwritten and collected while their tensors are in flight.
const { tensor, fromBytes, synchronize, memory } = await import(process.env.HEDDLE_BUNDLE)
const rounds = Number(process.argv[2])
let seed = 12345
const below = (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return Math.floor((seed / 2 ** 32) * n)
}
const counts = { right: 0, detached: 0, wrong: 0 }
const sizes = [1, 16, 1000, 1024, 1025, 40_000]

function make(kind, n) {
  if (kind === 0) return new Float32Array(n)
  if (kind === 1) return new Float32Array(new ArrayBuffer(4 * n, { maxByteLength: 8 * n }))
  return new Float32Array(new SharedArrayBuffer(4 * n, { maxByteLength: 8 * n }))
}

function disturb(array, n) {
  const { buffer } = array
  switch (below(5)) {
    case 0:
      if (buffer instanceof ArrayBuffer) structuredClone(buffer, { transfer: [buffer] })
      break
    case 1:
      if (buffer.resizable) buffer.resize(below(2) ? 0 : 8 * n)
      break
    case 2:
      if (buffer.growable) buffer.grow(8 * n)
      break
    case 3:
      array.fill(-1)
      break
    default:
      break
  }
  if (below(20) === 0) globalThis.gc()
}

for (let round = 0; round < rounds; round++) {
  const n = sizes[below(sizes.length)]
  let array = make(below(3), n).fill(round)
  const raw = below(4) === 0
  const bytes = new Uint8Array(array.buffer)
  const t = raw ? fromBytes(bytes, [n], 'f32') : tensor(array)
  const later = t.add(0)
  const read = later.data()
  disturb(array, n)
  if (array.length === 0) {
    try {
      tensor(array).dispose()
    } catch (error) {
      if (error.code === 'ERR_BUFFER_DETACHED') counts.detached++
      else throw error
    }
  }
  array = undefined
  const values = await read
  if (values.length === n && values.every((v) => v === round)) counts.right++
  else counts.wrong++
  // What came back is the caller's: it may be transferred too.
  structuredClone(values.buffer, { transfer: [values.buffer] })
  t.dispose()
  later.dispose()
}
await synchronize()
const { tensors, bytes, device } = memory()
console.log(JSON.stringify({ ...counts, tensors, bytes, buffers: device.buffers }))
