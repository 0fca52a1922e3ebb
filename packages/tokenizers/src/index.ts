export { AutoTokenizer, type TokenizerLoadOptions } from './auto-tokenizer.ts'
export * from './core.ts'
export { readLines, type ReadLinesOptions } from './trainers/read-lines.ts'
