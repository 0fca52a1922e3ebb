// Tensors travel between environments; some never arrive.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'

const { arange, full, memory, receiveTensor, synchronize, transferTensor } = await import(
  process.env.HEDDLE_BUNDLE
)
const start = (data) => new Worker(fileURLToPath(import.meta.url), { workerData: data })
const answer = (worker) => new Promise((resolve) => worker.once('message', resolve))
const ended = (worker) => new Promise((resolve) => worker.once('exit', resolve))

if (!isMainThread) {
  const { job, handle } = workerData
  if (job === 'double') {
    const x = receiveTensor(handle)
    const twice = x.mul(2)
    parentPort.postMessage(transferTensor(twice))
    x.dispose()
    twice.dispose()
  } else if (job === 'die') process.exit(0)
  else if (job === 'publish') parentPort.postMessage(transferTensor(full([1000], 6)))
} else {
  const out = {}
  const x = arange(0, 6, 1).reshape([2, 3]).transpose(0, 1)
  const worker = start({ job: 'double', handle: transferTensor(x) })
  const gone = ended(worker)
  const back = receiveTensor(await answer(worker))
  out.doubled = await back.tolist()
  await gone

  // The receiver dies before it receives: the sender takes its tensor back.
  const kept = full([4], 3)
  const handle = transferTensor(kept)
  await ended(start({ job: 'die', handle }))
  const again = receiveTensor(handle)
  out.again = await again.tolist()

  // The sender has ended before its tensor is received.
  const sender = start({ job: 'publish' })
  const over = ended(sender)
  const late = await answer(sender)
  await over
  const published = receiveTensor(late)
  out.late = await published.sum().item()

  // Received twice, and never published by anybody.
  const code = async (h) => {
    const t = receiveTensor(h)
    const c = await t.data().then(
      () => 'none',
      (error) => error.code,
    )
    t.dispose()
    return c
  }
  out.codes = [
    await code(late),
    await code({ ...late, token: [99, 1] }),
    await code({ ...late, token: [1, 4e9] }),
  ]
  const mine = transferTensor(kept)
  out.codes.push(await code({ ...mine, shape: [4000] })) // larger than what was published
  for (const t of [x, back, kept, again, published]) t.dispose()
  // Nobody awaits these: they must not keep the process.
  receiveTensor({ ...late, token: [100, 1] })
  transferTensor(full([10], 1))
  await synchronize()
  out.fences = memory().fences
  console.log(JSON.stringify(out))
}
