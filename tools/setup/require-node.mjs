const needed = [20, 19]

/** Ends the process with one line when this Node is older than the workspace supports. */
export function requireNode() {
  const found = process.versions.node.split('.').map(Number)
  if (found[0] > needed[0] || (found[0] === needed[0] && found[1] >= needed[1])) return
  console.error(
    'heddle needs Node ' +
      needed.join('.') +
      ' or newer; got ' +
      process.versions.node +
      '. Install a newer Node.',
  )
  process.exit(1)
}
