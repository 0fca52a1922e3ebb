import { defineConfig } from 'tsup'

// The one build configuration: every package re-exports it.
export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'node20',
  platform: 'node',
  // Running and testing need no declarations, and they take ten times as long as the rest.
  dts: process.env.HEDDLE_DECLARATIONS !== 'no',
  sourcemap: true,
  clean: true,
  splitting: true,
  treeshake: false,
  silent: true,
  removeNodeProtocol: false,
})
