import { AutoModelForCausalLM, AutoTokenizer, type PretrainedCausalLM } from '@heddle/models'
import { modelDirectory } from '@heddle/tiny-tales'
import { megabytes, Progress } from './terminal.ts'

/** What a command needs to talk to a model. */
export interface ModelSession {
  readonly directory: string
  readonly model: PretrainedCausalLM
  readonly tokenizer: Awaited<ReturnType<typeof AutoTokenizer.fromPretrained>>
  readonly loadMilliseconds: number
}

/** Options that say which model a command uses. */
export interface ModelChoice {
  readonly model?: string
  readonly dtype?: 'auto' | 'f32' | 'bf16' | 'f16'
  readonly quantize?: 'int8' | 'int4'
  readonly compute?: 'exact' | 'fast'
  readonly signal?: AbortSignal
}

/** Loads a checkpoint folder or a GGUF file, by default the model that comes with heddle. */
export async function openModel(choice: ModelChoice): Promise<ModelSession> {
  const { dtype = 'auto', quantize, compute, signal } = choice
  const directory = choice.model ?? modelDirectory
  const progress = new Progress()
  const started = performance.now()
  try {
    const tokenizer = await AutoTokenizer.fromPretrained(directory)
    const model = await AutoModelForCausalLM.fromPretrained(directory, {
      dtype,
      ...(quantize && { quantize }),
      ...(compute && { compute }),
      ...(signal && { signal }),
      onProgress: ({ loaded, total }) =>
        progress.show(`loading ${megabytes(loaded)} of ${megabytes(total)}`),
    })
    return { directory, model, tokenizer, loadMilliseconds: performance.now() - started }
  } finally {
    progress.clear()
  }
}
