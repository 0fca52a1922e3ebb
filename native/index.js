// Loads the addon: the one built here, or the package of this platform. Nothing is ever downloaded.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)

function libc() {
  if (process.platform !== 'linux') return ''
  const report = process.report?.getReport()
  return report && report.header.glibcVersionRuntime === undefined ? '-musl' : '-gnu'
}

function load() {
  const local = fileURLToPath(new URL('./heddle.node', import.meta.url))
  const platform = `@heddle/native-${process.platform}-${process.arch}${libc()}`
  const tried = existsSync(local) ? local : platform
  try {
    return require(tried)
  } catch (cause) {
    const error = new Error(
      `@heddle/native: the addon for ${process.platform}-${process.arch} (Node-API 9) must load; got ${cause?.code ?? cause?.message} from ${tried === local ? 'heddle.node' : platform}. Reinstall the package, or build it with \`npm run setup\`.`,
      { cause },
    )
    error.code = 'ERR_NATIVE_LOAD'
    throw error
  }
}

const addon = load()

export const {
  openEnvironment,
  commandNames,
  commandTimes,
  setProfiling,
  submit,
  takeData,
  upload,
  uploadCommands,
  cancelGroup,
  adjustExternalMemory,
  deviceMemory,
  trimMemory,
  setMemoryBudget,
  setThreads,
  setRounding,
  deviceLevel,
  openFile,
  closeFile,
  checkFile,
  safetensorsHeader,
  readFile,
  filePayload,
} = addon

/** Every function of the addon by name (tests walk it). */
export const functions = addon
