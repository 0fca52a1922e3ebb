import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Entry, ggufBytes } from '../../formats/src/gguf-bytes-for-test.ts'
import { AutoTokenizer } from './auto-tokenizer.ts'
import { withGGUF } from './gguf/tiny-gguf.ts'

const keys: readonly (readonly [string, Entry])[] = [
  ['general.architecture', ['string', 'llama']],
  ['llama.context_length', ['u32', 64]],
  ['tokenizer.ggml.model', ['string', 'gpt2']],
  ['tokenizer.ggml.pre', ['string', 'smollm']],
  ['tokenizer.ggml.tokens', ['array', 'string', ['a', 'b', '1', 'ab', '<|end|>']]],
  ['tokenizer.ggml.token_type', ['array', 'i32', [1, 1, 1, 1, 3]]],
  ['tokenizer.ggml.merges', ['array', 'string', ['a b']]],
  ['tokenizer.ggml.eos_token_id', ['u32', 4]],
  ['tokenizer.ggml.add_eos_token', ['bool', true]],
  ['tokenizer.chat_template', ['string', '{{ messages[0].content }}<|end|>']],
]

test('loads the tokenizer in a GGUF file, which needs no weights', async () => {
  await withGGUF(ggufBytes({ keys }), async (path) => {
    const tokenizer = await AutoTokenizer.fromPretrained(path, { config: { padding_side: 'left' } })
    expect(tokenizer.encode('ab11')).toEqual([3, 2, 2, 4])
    expect(tokenizer.decode([3, 2, 4], { skipSpecialTokens: true })).toBe('ab1')
    expect(tokenizer.modelMaxLength).toBe(64)
    expect(tokenizer.paddingSide).toBe('left')
    const chat = [{ role: 'user', content: 'ab' }]
    expect(tokenizer.applyChatTemplate(chat)).toEqual([3, 4])
  })
})

test('says what a GGUF file lacks, and that a path leads nowhere', async () => {
  const without = keys.filter(([key]) => !key.startsWith('tokenizer'))
  await withGGUF(ggufBytes({ keys: without }), async (path) => {
    await expect(AutoTokenizer.fromPretrained(path)).rejects.toMatchObject({
      code: 'ERR_TOKENIZER_FILE',
    })
  })
  const nowhere = join(tmpdir(), 'heddle-nothing', 'model.gguf')
  await expect(AutoTokenizer.fromPretrained(nowhere)).rejects.toMatchObject({
    code: 'ERR_FILE_NOT_FOUND',
  })
  const signal = AbortSignal.abort()
  await expect(AutoTokenizer.fromPretrained(nowhere, { signal })).rejects.toBe(signal.reason)
})
