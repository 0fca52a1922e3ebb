// Folders of real weights and tokenizers by name. Never touches the network.
import { fixturePath, fixtures } from '../real-fixtures/real-fixtures.mjs'

/** The folder of a fixture, or undefined when it was not fetched or is unknown. */
export function folderOf(heddle, name) {
  if (name === 'tiny-tales') return heddle.tinyTales // the project's own model, part of the repository
  return fixtures.some((fixture) => fixture.name === name) ? fixturePath(name) : undefined
}
