import { accountExternal, environmentId } from './stream.ts'
import { enqueueFree } from './encoder.ts'

/** Counters behind `memory()`. */
export const counters = { tensors: 0, bytes: 0, peak: 0, rescued: 0, mapped: 0, reads: 0 }

const freeSlots: number[] = []
const generations: number[] = []

/** Memory of one or more tensors (a tensor and its views), named by a recycled slot and a generation. */
export class Storage {
  readonly slot: number
  readonly generation: number
  readonly bytes: number
  readonly mapped: boolean
  /** Bumped by in-place writes; autograd compares it. */
  version = 0
  #references = 0

  constructor(bytes: number, mapped = false) {
    // Opens the environment: what makes that impossible is thrown here, not from a microtask later.
    environmentId()
    const slot = freeSlots.pop() ?? generations.push(0) - 1
    this.slot = slot
    this.generation = generations[slot] = (generations[slot]! + 1) >>> 0
    this.bytes = bytes
    this.mapped = mapped
  }

  retain(): this {
    if (this.#references++ === 0) {
      if (this.mapped) counters.mapped += this.bytes
      else {
        counters.bytes += this.bytes
        if (counters.bytes > counters.peak) counters.peak = counters.bytes
        accountExternal(this.bytes)
      }
    }
    return this
  }

  release(): void {
    if (--this.#references > 0) return
    if (this.mapped) counters.mapped -= this.bytes
    else {
      counters.bytes -= this.bytes
      accountExternal(-this.bytes)
    }
    // The stream executes in order, so the slot may be named again by the very next command.
    enqueueFree(this.slot, this.generation)
    freeSlots.push(this.slot)
  }
}
