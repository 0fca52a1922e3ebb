export { AutoTokenizer, type FromPretrainedOptions } from './auto-tokenizer.ts'
export * from './core.ts'
