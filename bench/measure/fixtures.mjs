import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folder of fetched weights. */
export const fixtureRoot =
  process.env.HEDDLE_FIXTURES || join(homedir(), '.cache', 'heddle-fixtures')

/** Where files that only the bench needs are kept: GGUF files. */
export const benchFolder = join(fixtureRoot, 'bench')

/** The folder of a fetched model; throws a line that says how to fetch it. */
export function modelFolder(name) {
  const folder = join(fixtureRoot, name)
  if (existsSync(join(folder, 'config.json'))) return folder
  const what = `bench: the weights of ${name} must be on disk; found none`
  throw Object.assign(
    new Error(
      `${what}. Run \`node tools/real-fixtures/real-fixtures.mjs get ${name}\`, or pass --model DIR.`,
    ),
    { shown: true },
  )
}

/** Token ids that no model was trained on in this order, the same for every peer. */
export function syntheticIds(count) {
  return Array.from({ length: count }, (_, i) => 100 + ((i * 7919) % 40_000))
}
