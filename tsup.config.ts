import { defineConfig } from 'tsup'

// The one build configuration: every package re-exports it.
export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'node20',
  platform: 'node',
  dts: true,
  sourcemap: true,
  clean: true,
  splitting: true,
  treeshake: false,
  silent: true,
  removeNodeProtocol: false,
})
