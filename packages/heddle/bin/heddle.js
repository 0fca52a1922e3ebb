#!/usr/bin/env node
import { exitQuietlyWithoutReader, main } from '../dist/cli.js'

exitQuietlyWithoutReader()
await main(process.argv)
