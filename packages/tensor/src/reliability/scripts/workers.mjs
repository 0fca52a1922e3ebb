// Several workers compute at once; the flags of the process make the collector run all the time.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

if (isMainThread) {
  const [workers, ops] = process.argv.slice(2).map(Number)
  const ends = Array.from({ length: workers }, (_, id) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { id, ops } })
    return new Promise((resolve, reject) => {
      let done = 0
      worker.on('message', (count) => (done = count))
      worker.once('error', reject)
      worker.once('exit', (code) => resolve({ code, done }))
    })
  })
  const { memory, synchronize } = await import(process.env.HEDDLE_BUNDLE)
  const results = await Promise.all(ends)
  await synchronize()
  console.log(JSON.stringify({ results, buffers: memory().device.buffers }))
} else {
  const { tensor, memory, synchronize } = await import(process.env.HEDDLE_BUNDLE)
  const { id, ops } = workerData
  let done = 0
  const one = async (i) => {
    const n = 8 + ((i * 37) % 4000)
    const a = tensor(new Float32Array(n).fill(id))
    const b = a.add(i)
    a.dispose()
    const values = await b.data()
    b.dispose()
    if (values.length === n && values[n - 1] === id + i) done++
  }
  for (let i = 0; i < ops; i += 10)
    await Promise.all(Array.from({ length: 10 }, (_, k) => one(i + k)))
  await synchronize()
  if (memory().tensors !== 0 || memory().fences !== 0) done = -1
  parentPort.postMessage(done)
}
