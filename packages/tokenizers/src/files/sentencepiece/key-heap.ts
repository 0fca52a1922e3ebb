/** A heap of numbers, the lowest first. Four children a node: half the levels, and the four lie side by side. */
export class KeyHeap {
  #keys: Float64Array
  #size = 0

  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity)
  }

  get size(): number {
    return this.#size
  }

  push(key: number): void {
    if (this.#size === this.#keys.length) {
      const larger = new Float64Array(2 * this.#size + 16)
      larger.set(this.#keys)
      this.#keys = larger
    }
    const keys = this.#keys
    let hole = this.#size++
    while (hole > 0) {
      const parent = (hole - 1) >> 2
      if (keys[parent]! <= key) break
      keys[hole] = keys[parent]!
      hole = parent
    }
    keys[hole] = key
  }

  /** Takes the lowest key out; the heap must not be empty. */
  pop(): number {
    const keys = this.#keys
    const lowest = keys[0]!
    const key = keys[--this.#size]!
    const size = this.#size
    let hole = 0
    for (;;) {
      const first = 4 * hole + 1
      if (first >= size) break
      const end = Math.min(first + 4, size)
      let child = first
      let least = keys[first]!
      for (let other = first + 1; other < end; other++) {
        if (keys[other]! < least) {
          least = keys[other]!
          child = other
        }
      }
      if (least >= key) break
      keys[hole] = least
      hole = child
    }
    keys[hole] = key
    return lowest
  }
}
