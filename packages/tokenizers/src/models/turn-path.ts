/**
 * Turns the links of the best path through `size` places, which lead back: then `from[p]` is where the piece at p ends,
 * and `ids[p]` is that piece.
 */
export function turnPath(from: Int32Array, ids: Int32Array, size: number): void {
  let to = size
  let at = from[to]!
  let id = ids[to]!
  while (to > 0) {
    const before = from[at]!
    const idBefore = ids[at]!
    from[at] = to
    ids[at] = id
    to = at
    at = before
    id = idBefore
  }
}
