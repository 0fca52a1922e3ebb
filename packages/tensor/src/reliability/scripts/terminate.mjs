// Workers are terminated at a random moment while their native work runs.
import { Worker, isMainThread, workerData } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const { full, matmul, setNumThreads, memory, synchronize, tensor } = await import(
  process.env.HEDDLE_BUNDLE
)

if (isMainThread) {
  const rounds = Number(process.argv[2])
  let started = 0
  let exits = 0
  let next = 0
  const lane = async () => {
    while (next++ < rounds) {
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { read: next % 2 } })
      const ended = new Promise((resolve) => worker.once('exit', resolve))
      worker.once('message', () => started++)
      // Counted from its first message, except for some that never get so far.
      if (next % 5 !== 0) await Promise.race([new Promise((r) => worker.once('message', r)), ended])
      await sleep((next * 7919) % 50)
      await worker.terminate()
      await ended
      exits++
    }
  }
  await Promise.all([lane(), lane(), lane()])
  // The stream still serves, and nothing of the dead is left.
  const x = tensor([1, 2, 3])
  const total = x.sum()
  const sum = await total.item()
  x.dispose()
  total.dispose()
  await synchronize()
  console.log(JSON.stringify({ exits, started, sum, buffers: memory().device.buffers }))
} else {
  const { parentPort } = await import('node:worker_threads')
  if (workerData.read === 1) setNumThreads(2)
  const a = full([160, 160], 1)
  for (let task = 0; task < 8; task++) {
    const run = async () => {
      for (;;) {
        const b = matmul(a, a)
        if (workerData.read === 1) await b.data()
        else await synchronize()
        b.dispose()
      }
    }
    void run()
  }
  parentPort.postMessage('started')
}
