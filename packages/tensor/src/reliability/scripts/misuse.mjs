// Every exported function, native and public, is called with everything it does not expect.
const heddle = await import(process.env.HEDDLE_BUNDLE)
const { nativeFunctions, tensor, full, synchronize, Tensor } = heddle
const public_ = Object.entries(heddle).filter(
  // Measurements run as long as they are told to, and the launch of a raw command is the wall's own test.
  ([name, value]) => typeof value === 'function' && !/^(measure|launch$)/.test(name),
)
const bad = [
  undefined,
  null,
  true,
  'x',
  '',
  -1,
  0.5,
  NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  7n,
  Symbol.iterator,
  () => 0,
  {},
  [],
  [NaN],
  [-1],
  ['x'],
  [2 ** 31],
  [[1], [2, 3]],
  new Uint8Array(0),
  new Uint32Array([0xffffffff, 0, 0]),
  new Float64Array(3),
  new DataView(new ArrayBuffer(8)),
  new Date(0),
]
let calls = 0
let threw = 0
const untyped = []
const check = (name, error) => {
  threw++
  if (!(error instanceof Error) || error.message === '' || /call stack/.test(error.message))
    untyped.push(name)
}
function attempt(name, fn, args) {
  calls++
  try {
    return Reflect.apply(fn, undefined, args)
  } catch (error) {
    check(name, error)
  }
}

for (const [name, fn] of Object.entries(nativeFunctions)) {
  attempt(name, fn, [])
  for (const a of bad) {
    attempt(name, fn, [a])
    for (const b of [0, 1, ...bad]) {
      attempt(name, fn, [a, b])
      attempt(name, fn, [1, a, b, b])
    }
  }
  if (name === 'setMemoryBudget') fn(2 ** 30)
}
nativeFunctions.setThreads(2)
nativeFunctions.setMemoryBudget(2 ** 30)
await synchronize()

const settle = async (name, value) => {
  for (const item of Array.isArray(value) ? value.slice(0, 3) : [value]) {
    if (typeof item?.then === 'function') await item.catch((error) => check(name, error))
    if (item instanceof Tensor && !item.isDisposed) {
      if (item.size <= 2 ** 20) await item.data().catch((error) => check(name, error))
      item.dispose()
    }
  }
}
for (const [name, fn] of public_) {
  if (/^class /.test(Function.prototype.toString.call(fn))) continue
  const good = () => [full([2, 3], 1), tensor([0, 1]), tensor([[0, 1, 1]])]
  const sets = [[], ...bad.map((a) => [a]), ...bad.map((a) => [good()[0], a])]
  for (const a of bad) sets.push([good()[0], good()[1], a], [a, good()[0]], [[good()[0], a]])
  for (const a of good())
    for (const b of good()) sets.push([a], [a, b], [a, b, NaN], [a, b, { axis: 99 }])
  for (const args of sets) {
    if (name === 'setMemoryBudget' && typeof args[0] === 'number' && args[0] < 2 ** 30) continue
    await settle(name, attempt(name, fn, args))
  }
  heddle.setNumThreads(2)
  heddle.setMemoryBudget(2 ** 30)
}

// The process lives and is right.
const x = tensor([1, 2, 3])
const sum = await x.add(1).sum().item()
console.log(JSON.stringify({ calls, threw, untyped: [...new Set(untyped)], sum }))
