import { DynamicCache } from '@heddle/cache'
import { type GenerateOptions, type StreamPart, stream } from '@heddle/generation'
import type { ChatMessage } from '@heddle/tokenizers'
import type { ModelSession } from './model-session.ts'

/**
 * A conversation with a model: through its chat template when it has one, else one text that both
 * sides continue. Tokens that the model has seen stay in a cache, so a turn costs only what is new.
 */
export class Conversation {
  readonly #session: ModelSession
  readonly #cache: DynamicCache
  readonly #messages: ChatMessage[] = []
  #text = ''
  #cachedIds: number[] = []

  constructor(session: ModelSession, system?: string) {
    this.#session = session
    const { model } = session
    this.#cache = new DynamicCache(model.config, { dtype: model.dtype })
    if (system !== undefined) this.#messages.push({ role: 'system', content: system })
  }

  /** True when the model has a chat template. */
  get hasTemplate(): boolean {
    return this.#session.tokenizer.chatTemplate !== undefined
  }

  /** Streams the answer to a message; an aborted answer stays in the conversation as far as it came. */
  async *say(
    content: string,
    optionsFor: (promptLength: number) => GenerateOptions,
  ): AsyncGenerator<StreamPart, void, void> {
    const { model, tokenizer } = this.#session
    const ids = this.#prompt(content)
    const kept = commonPrefix(this.#cachedIds, ids)
    // At least one token has to go through the model for there to be an answer.
    this.#cache.crop(Math.min(kept, ids.length - 1, this.#cache.length))
    const newIds: number[] = []
    let answer = ''
    try {
      const options = { ...optionsFor(ids.length), tokenizer, pastKeyValues: this.#cache }
      for await (const part of stream(model, ids, options)) {
        newIds.push(part.tokens[0] as number)
        answer += part.text
        yield part
      }
    } finally {
      this.#cachedIds = [...ids, ...newIds].slice(0, this.#cache.length)
      if (this.hasTemplate) this.#messages.push({ role: 'assistant', content: answer })
      else this.#text += answer
    }
  }

  dispose(): void {
    this.#cache.dispose()
  }

  #prompt(content: string): number[] {
    const { tokenizer } = this.#session
    if (!this.hasTemplate) {
      this.#text += content
      return tokenizer.encode(this.#text)
    }
    this.#messages.push({ role: 'user', content })
    return tokenizer.applyChatTemplate(this.#messages, {
      addGenerationPrompt: true,
      tokenize: true,
    })
  }
}

function commonPrefix(a: readonly number[], b: readonly number[]): number {
  let size = 0
  while (size < a.length && size < b.length && a[size] === b[size]) size++
  return size
}
