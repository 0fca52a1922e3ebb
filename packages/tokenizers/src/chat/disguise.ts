// Text that people type must never become a control token. Characters of the messages at which a control token
// begins (or could begin or end, once the template puts other text beside them) are exchanged for private-use
// characters before the template runs. The added tokens of the rendered chat are then found among what the template
// itself wrote; afterwards, and before the pre-tokenizer, the characters come back. So the text is tokenized as it
// is everywhere else, only without control tokens.
import { TokenizerError } from '../errors.ts'
import type { Normalizer } from '../normalizers/normalizer.ts'
import type { Revealer } from '../pipeline.ts'
import type { ChatMessage, RenderOptions } from './chat-template.ts'
import type { ControlTokens, ControlTokenSets } from './control-tokens.ts'
import { plainData } from './jinja/host-values.ts'
import type { Disguise } from './jinja/render.ts'
import { Float } from './jinja/values.ts'

/** Messages and options in disguise, and the way back. */
export interface DisguisedChat {
  readonly messages: ChatMessage[]
  readonly options: RenderOptions
  readonly revealer: Revealer
  /** What the template is to see. */
  readonly disguise: Disguise
}

/** Disguises all strings of a chat: messages, tools, documents and variables. */
export function disguiseChat(
  messages: readonly ChatMessage[],
  options: RenderOptions,
  template: string,
  { all, special }: ControlTokenSets,
  normalizer: Normalizer | undefined,
): DisguisedChat {
  const plain = plainData({ messages, ...options, now: undefined }) as RenderOptions & {
    readonly messages: ChatMessage[]
  }
  const mask = new Mask(template, plain, normalizer)
  const named = Object.entries(plain.variables ?? {}).map(([key, value]) => [
    key,
    // bos_token and its like are control tokens by intent.
    key.endsWith('_token') ? value : mask.hide(value, all),
  ])
  return {
    messages: plain.messages.map(
      (message) => mask.hide(message, message.role === 'assistant' ? special : all) as ChatMessage,
    ),
    options: {
      ...options,
      tools: mask.hide(plain.tools, all) as readonly unknown[] | undefined,
      documents: mask.hide(plain.documents, all) as readonly unknown[] | undefined,
      variables: Object.fromEntries(named),
    },
    revealer: { reveal: (text) => mask.reveal(text), blocked: special.ids },
    disguise: mask,
  }
}

// Private-use characters of one UTF-16 unit, and of two for characters of two: lengths stay as they are.
const privateUse = /[\ue000-\uf8ff]|[\udb80-\udbff][\udc00-\udfff]/g
const ranges = [
  { next: 0xe000, last: 0xf8ff },
  { next: 0xf0000, last: 0xffffd },
] as const

class Mask implements Disguise {
  /** Stands by the characters they stand for, and the other way round. */
  readonly #stands = new Map<string, string>()
  readonly #meant = new Map<string, string>()
  /** What stands by the normal form of what they stand for. */
  readonly #normal = new Map<string, string>()
  readonly #normalizer: Normalizer | undefined
  readonly #used: Set<string>
  readonly #next = ranges.map((range) => range.next as number)

  constructor(template: string, data: unknown, normalizer: Normalizer | undefined) {
    this.#normalizer = normalizer
    this.#used = new Set(template.match(privateUse))
    collect(data, this.#used)
  }

  hide(value: unknown, tokens: ControlTokens): unknown {
    if (typeof value === 'string') return this.#hideText(value, tokens)
    if (Array.isArray(value)) return value.map((item) => this.hide(item, tokens))
    if (typeof value !== 'object' || value === null || value instanceof Float) return value
    const hidden = (key: unknown, item: unknown) =>
      [this.hide(key, tokens), this.hide(item, tokens)] as const
    if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => hidden(key, item)))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => hidden(key, item)))
  }

  #hideText(text: string, tokens: ControlTokens): string {
    const marked = tokens.find(text)
    if (this.#normalizer && tokens.normalized.length > 0) {
      const normal = this.#normalizer.normalize(text)
      for (const wanted of tokens.normalized) {
        if (normal.includes(wanted)) this.#markNormalized(text, wanted, marked)
      }
    }
    if (marked.size === 0) return text
    let result = ''
    for (let i = 0; i < text.length; ) {
      const size = text.codePointAt(i)! > 0xffff ? 2 : 1
      const character = text.slice(i, i + size)
      const isMarked = marked.has(i) || (size === 2 && marked.has(i + 1))
      result += isMarked ? this.standFor(character) : character
      i += size
    }
    return result
  }

  // The token appears only once normalized: mark every character that may have become part of it.
  #markNormalized(text: string, wanted: string, marked: Set<number>): void {
    const parts = new Set(wanted)
    for (let i = 0; i < text.length; i++) {
      const character = String.fromCodePoint(text.codePointAt(i)!)
      for (const part of this.#normalForm(character)) if (parts.has(part)) marked.add(i)
    }
  }

  /** One character as it would be normalized within a text. */
  #normalForm(character: string): string {
    if (!this.#normalizer) return character
    const before = this.#normalizer.normalize('a')
    const both = this.#normalizer.normalize(`a${character}`)
    return both.startsWith(before) ? both.slice(before.length) : character
  }

  standFor(character: string): string {
    let stand = this.#stands.get(character)
    if (stand !== undefined) return stand
    const kind = character.length - 1
    do {
      if (this.#next[kind]! > ranges[kind]!.last) {
        throw new TokenizerError(
          'ERR_TEMPLATE_INPUT',
          'applyChatTemplate: messages must leave some private-use characters unused; got all of them.',
        )
      }
      stand = String.fromCodePoint(this.#next[kind]!++)
    } while (this.#used.has(stand))
    this.#stands.set(character, stand)
    this.#meant.set(stand, character)
    this.#normal.set(stand, this.#normalForm(character))
    return stand
  }

  isStand(character: string): boolean {
    return this.#meant.has(character)
  }

  seen(text: string): string {
    return exchange(text, this.#meant)
  }

  reveal(text: string): string {
    return exchange(text, this.#normal)
  }
}

function exchange(text: string, by: ReadonlyMap<string, string>): string {
  if (by.size === 0 || !/[\udb80-\udbff\ue000-\uf8ff]/.test(text)) return text
  return text.replaceAll(privateUse, (found) => by.get(found) ?? found)
}

function collect(value: unknown, used: Set<string>): void {
  if (typeof value === 'string') for (const found of value.match(privateUse) ?? []) used.add(found)
  else if (Array.isArray(value)) for (const item of value) collect(item, used)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
      collect(key, used)
      collect(item, used)
    }
  }
}
