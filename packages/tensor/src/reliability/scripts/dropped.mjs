// Tensors are dropped without dispose(), far more of them than fit into the budget.
import { setTimeout as sleep } from 'node:timers/promises'

const { full, memory, setMemoryBudget, synchronize, Scope } = await import(
  process.env.HEDDLE_BUNDLE
)
const [rounds, budgetMiB] = process.argv.slice(2).map(Number)
setMemoryBudget(budgetMiB * 2 ** 20)
const rss = []
let sum = 0
async function round(i) {
  if (i % 3 === 0) {
    const own = new Scope() // dropped without dispose(), as an exception would
    const t = own.run(() => full([2 ** 20], i))
    sum += (await t.slice(0, 5, 6).data())[0] === i ? 1 : 0
  } else {
    const t = full([2 ** 20], i)
    if (i % 3 === 1) sum += (await t.slice(0, 5, 6).data())[0] === i ? 1 : 0
    else {
      await synchronize()
      sum++
    }
  }
}
for (let i = 0; i < rounds; i++) {
  await round(i)
  if (i % 100 === 99) rss.push(process.memoryUsage.rss() / 2 ** 20)
}
for (let i = 0; i < 100 && memory().tensors > 0; i++) {
  globalThis.gc()
  await sleep(10)
}
await synchronize()
const { tensors, bytes, rescued, peak, device } = memory()
console.log(
  JSON.stringify({
    sum,
    tensors,
    bytes,
    rescued,
    peak: peak / 2 ** 20,
    buffers: device.buffers,
    rss,
  }),
)
