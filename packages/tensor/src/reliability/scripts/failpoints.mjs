// The export named by HEDDLE_FAILPOINT panics: what arrives in JavaScript?
const { nativeFunctions } = await import(process.env.HEDDLE_BUNDLE)
const name = process.env.HEDDLE_FAILPOINT
const words = new Uint32Array(3)
const args = {
  openEnvironment: [() => {}],
  takeData: [1, 1, new Uint8Array(1)],
  submit: [1, 0, words, 3],
  upload: [1, new Uint8Array(1)],
  uploadCommands: [1, words],
  cancelGroup: [1, 1],
  adjustExternalMemory: [1],
  setMemoryBudget: [1e9],
  setThreads: [2],
  setRounding: [true],
  setProfiling: [false],
  openFile: ['/nowhere', true],
  closeFile: [1],
  checkFile: [1],
  safetensorsHeader: [1],
  readFile: [1, 0, new Uint8Array(1)],
  filePayload: [1, 1, 0, 1, 1],
}
const codes = []
for (let i = 0; i < 3; i++) {
  try {
    nativeFunctions[name](...(args[name] ?? []))
    codes.push('none')
  } catch (error) {
    codes.push(error.message.split('|')[0])
  }
}
console.log(JSON.stringify({ codes }))
