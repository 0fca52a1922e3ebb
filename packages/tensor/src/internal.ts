// What sibling packages need and users should not: mapped files, raw commands, owners. May change at any time.
export { empty } from './empty.ts'
export { launch } from './encoder.ts'
export { errorOf } from './errors.ts'
export { NativeFile, openFile, type SafetensorsHeader } from './native-file.ts'
export { currentOwner } from './scope.ts'
export { broadcastShapes, byteSize, normalizeAxis, shapeText, sizeOf } from './shape.ts'
