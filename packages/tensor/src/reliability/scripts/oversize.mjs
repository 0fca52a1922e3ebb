// Requests that no memory can serve, in every way that memory is asked for.
const { full, tensor, zeros, matmul, scope, memory, setMemoryBudget, synchronize, HeddleError } =
  await import(process.env.HEDDLE_BUNDLE)
const requests = Number(process.argv[2])
setMemoryBudget(2 ** 60)
const counts = {}
const small = full([64, 64], 1)
for (let i = 0; i < requests; i++) {
  const huge = 2 ** (30 + (i % 16)) // floats: from 4 GiB
  let code = 'none'
  let t
  try {
    const shape = huge < 2 ** 31 ? [huge] : [2 ** 20, huge / 2 ** 20]
    if (i % 4 === 0) t = zeros(shape)
    else if (i % 4 === 1) t = scope(() => full([1], 1).expand(shape).clone())
    else if (i % 4 === 2) t = scope(() => small.add(zeros(shape).slice(0, 0, 1).sum()))
    else t = scope(() => matmul(full([2 ** 16, 1], 1), full([1, 2 ** 15], 1)))
    await t.data()
  } catch (error) {
    code = HeddleError.isInstance(error) ? error.code : String(error)
  }
  t?.dispose()
  counts[code] = (counts[code] ?? 0) + 1
}
// Memory is there for what fits: device, host copy and JavaScript's copy.
let read = 0
for (const mib of [64, 800]) {
  const t = full([mib * 2 ** 18], 1)
  try {
    read = (await t.data()).length
  } catch (error) {
    const code = `read ${HeddleError.isInstance(error) ? error.code : error}`
    counts[code] = (counts[code] ?? 0) + 1
  }
  t.dispose()
  await synchronize()
}
const x = tensor([1, 2, 3])
console.log(
  JSON.stringify({ counts, read, sum: await x.sum().item(), tensors: memory().tensors - 1 }),
)
