// What sibling packages need and users should not: mapped files. May change at any time.
export { NativeFile, openFile, type SafetensorsHeader } from './native-file.ts'
