/** A heap of numbers, the lowest first. */
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
      const parent = (hole - 1) >> 1
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
      let child = 2 * hole + 1
      if (child >= size) break
      if (child + 1 < size && keys[child + 1]! < keys[child]!) child++
      if (keys[child]! >= key) break
      keys[hole] = keys[child]!
      hole = child
    }
    keys[hole] = key
    return lowest
  }
}
