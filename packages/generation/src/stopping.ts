import { OptionError } from '@heddle/tensor'
import type { Settings } from './options.ts'

/** Why a row ended: an end token, the length limit, or a stop string. */
export type FinishReason = 'stop' | 'length' | 'stop-string'

/** Most new tokens of a call, and how many of them may not be end tokens. */
export interface Lengths {
  readonly maxNewTokens: number
  readonly minNewTokens: number
}

const DEFAULT_MAX_NEW_TOKENS = 20

/** The lengths of a call, by the rules of Transformers; `promptLength` counts padding. */
export function resolveLengths(
  settings: Pick<Settings, 'maxNewTokens' | 'maxLength' | 'minNewTokens' | 'minLength'>,
  promptLength: number,
  maxPositionEmbeddings: number,
): Lengths {
  const minNewTokens = settings.minNewTokens ?? Math.max(0, settings.minLength - promptLength)
  if (settings.maxNewTokens !== undefined) {
    return { maxNewTokens: settings.maxNewTokens, minNewTokens }
  }
  // Nobody said a length: 20 new tokens, but not past the positions that the model knows.
  const maxLength =
    settings.maxLength ??
    Math.min(promptLength + DEFAULT_MAX_NEW_TOKENS, maxPositionEmbeddings || Infinity)
  if (maxLength <= promptLength) {
    throw new OptionError(
      `generate: maxLength counts the prompt (${promptLength} tokens) and must be larger; got ` +
        `${maxLength}. Pass maxNewTokens instead.`,
    )
  }
  return { maxNewTokens: maxLength - promptLength, minNewTokens }
}

/** Finds stop strings in text that grows, across the borders of its pieces. */
export class StopStringMatcher {
  readonly #stops: readonly string[]
  readonly #keep: number
  #tail = ''

  constructor(stops: readonly string[]) {
    this.#stops = stops
    this.#keep = Math.max(0, ...stops.map((stop) => stop.length - 1))
  }

  /** Takes text that can only be the beginning of a match: the prompt's. */
  prime(text: string): void {
    this.#tail = this.#keep === 0 ? '' : text.slice(-this.#keep)
  }

  /**
   * Adds a piece. A number is a match: that many characters at the end of all text, from the start
   * of the earliest stop string on (more than the piece, if it began before it).
   */
  push(piece: string): number | undefined {
    const text = this.#tail + piece
    let found = -1
    for (const stop of this.#stops) {
      // A match has to reach into the piece: older ones were found before or lie in the prompt.
      const at = text.indexOf(stop, Math.max(0, this.#tail.length - stop.length + 1))
      if (at >= 0 && (found < 0 || at < found)) found = at
    }
    this.#tail = this.#keep === 0 ? '' : text.slice(-this.#keep)
    return found < 0 ? undefined : text.length - found
  }

  /** Characters at the end that may still become a stop string. */
  get held(): number {
    for (let size = this.#tail.length; size > 0; size--) {
      const end = this.#tail.slice(-size)
      if (this.#stops.some((stop) => stop.startsWith(end))) return size
    }
    return 0
  }
}
