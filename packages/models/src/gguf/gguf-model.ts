import { type GGUFFile, openGGUF } from '@heddle/formats'
import type { JsonObject } from '../config-reader.ts'
import type { ModelFiles } from '../model-files.ts'
import { architectureOf } from './gguf-architectures.ts'
import { GGUFFields } from './gguf-fields.ts'
import { GGUFWeights } from './gguf-weights.ts'

/** True for the path of a GGUF file. */
export const isGGUFPath = (path: string): boolean => /\.gguf$/i.test(path)

/** Config and weights of a GGUF file, as a checkpoint folder would have them. */
export async function readGGUFModel(path: string): Promise<ModelFiles> {
  let file: GGUFFile | undefined = await openGGUF(path)
  const isMapped = process.platform !== 'win32'
  try {
    const fields = new GGUFFields(file)
    const { names, config } = architectureOf(fields)
    const json = defined({ ...(await config(fields)), ...sharedConfig(fields) })
    return {
      config: json,
      generationConfig: json,
      open: async (parsed, { mmap }) => {
        // The first weights take the file over: reading a large vocabulary again would take a while.
        const own = mmap && isMapped ? file : undefined
        if (own !== undefined) file = undefined
        return new GGUFWeights(own ?? (await openGGUF(path, { mmap })), names, parsed)
      },
      [Symbol.dispose]: () => file?.dispose(),
    }
  } catch (error) {
    file.dispose()
    throw error
  }
}

/** What every architecture's config has. */
function sharedConfig(fields: GGUFFields): JsonObject {
  const { file } = fields
  const ends = ['eos', 'eot', 'eom'].flatMap((name) => fields.tokenId(name) ?? [])
  const eos = [...new Set(ends)]
  return {
    vocab_size: file.has('token_embd.weight')
      ? file.info('token_embd.weight').shape[0]
      : fields.field('vocab_size'),
    tie_word_embeddings: !file.has('output.weight'),
    bos_token_id: fields.tokenId('bos'),
    eos_token_id: eos.length > 1 ? eos : eos[0],
    pad_token_id: fields.tokenId('padding'),
    torch_dtype: mainDType(file),
  }
}

/** The dtype of most bytes; bfloat16 where they are quantized. */
function mainDType(file: GGUFFile): string {
  const bytes = new Map<string, number>()
  for (const name of file.names) {
    const info = file.info(name)
    bytes.set(info.type, (bytes.get(info.type) ?? 0) + info.bytes)
  }
  const [main] = [...bytes].sort(([, a], [, b]) => b - a)
  return (main && plain.get(main[0])) ?? 'bfloat16'
}

const plain = new Map([
  ['F32', 'float32'],
  ['F16', 'float16'],
])

const defined = (json: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined))
