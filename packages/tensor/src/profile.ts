import * as addon from '@heddle/native'
import { synchronize } from './memory.ts'

/** Time of one kernel command, all calls together. */
export interface CommandTime {
  name: string
  calls: number
  /** Seconds on the stream thread, waiting for its pool included. */
  seconds: number
}

/** Runs `fn` and reports where the device's time went, the longest command first. Process-wide. */
export async function profileCommands(fn: () => Promise<void>): Promise<CommandTime[]> {
  await synchronize()
  addon.setProfiling(true)
  try {
    await fn()
    await synchronize()
    return addon.commandTimes().sort((a, b) => b.seconds - a.seconds)
  } finally {
    addon.setProfiling(false)
  }
}
