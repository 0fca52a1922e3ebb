import { arch, availableParallelism, cpus, loadavg, platform } from 'node:os'

/** One line on the machine: processor, cores, system, Node. */
export function machineLine() {
  const [{ model }] = cpus()
  return `${model.trim()}, ${availableParallelism()} cores, ${platform()} ${arch()}, Node ${process.versions.node}`
}

/** The load average of the last minute, with two digits. */
export function load() {
  return loadavg()[0].toFixed(2)
}
