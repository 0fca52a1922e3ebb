import { defineConfig } from 'tsup'
import base from '../../tsup.config.ts'

export default defineConfig({ ...base, entry: ['src/index.ts', 'src/core.ts'] })
