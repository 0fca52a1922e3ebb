// What the scripts of the reliability tests use, bundled from the sources by run-script.ts.
export { functions as nativeFunctions } from '@heddle/native'
export * from '../index.ts'
export * from '../internal.ts'
