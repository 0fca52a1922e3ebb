/** A test of names: exact, or with `*` for any characters; no patterns accept everything. */
export function makeFilter(patterns) {
  if (patterns.length === 0) return () => true
  const tests = patterns.map((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    return new RegExp(`^${parts.join('.*')}$`)
  })
  return (...names) =>
    names.some((name) => name !== undefined && tests.some((test) => test.test(name)))
}
