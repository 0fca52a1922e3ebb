/** The cycles of a directed graph `{ node: [node, ...] }`, each once, as the list of its nodes. */
export function findCycles(graph) {
  const cycles = []
  const state = new Map()
  const path = []
  const visit = (node) => {
    state.set(node, 'open')
    path.push(node)
    for (const next of graph[node] ?? []) {
      if (state.get(next) === 'open') cycles.push([...path.slice(path.indexOf(next)), next])
      else if (!state.has(next)) visit(next)
    }
    path.pop()
    state.set(node, 'done')
  }
  for (const node of Object.keys(graph)) if (!state.has(node)) visit(node)
  return cycles
}
