import { fileURLToPath } from 'node:url'

/**
 * The folder of the model, laid out as on the Hugging Face Hub: pass it to any `fromPretrained`.
 *
 * @example
 * const model = await AutoModelForCausalLM.fromPretrained(modelDirectory)
 */
export const modelDirectory: string = fileURLToPath(new URL('../model', import.meta.url))
