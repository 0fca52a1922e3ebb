// Starts many processes that exit in the middle of native work and collects how they ended.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const rounds = Number(process.argv[2])
const script = fileURLToPath(new URL('./exit.mjs', import.meta.url))
const ends = {}
let next = 0
const lane = async () => {
  while (next < rounds) {
    const child = spawn(process.execPath, [script, String(next++)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', (chunk) => (stderr += chunk))
    const end = await new Promise((r) => child.once('close', (code, signal) => r(signal ?? code)))
    const key = stderr ? `${end}: ${stderr}` : String(end)
    ends[key] = (ends[key] ?? 0) + 1
  }
}
await Promise.all([lane(), lane(), lane()])
console.log(JSON.stringify({ ends }))
