import { HeddleError } from '@heddle/tensor'
import type { Prompt } from './prompts.ts'
import { RowText, type TextSource } from './row-text.ts'
import { NO_TOKEN } from './sampler.ts'
import type { FinishReason } from './stopping.ts'

/** What ends rows and what fills them afterwards. */
export interface RowRules {
  readonly maxNewTokens: number
  readonly eosTokenIds: readonly number[]
  readonly padTokenId: number
  readonly stopStrings: readonly string[]
  readonly tokenizer: TextSource | undefined
}

interface Row {
  readonly newTokens: number[]
  /** What fills the row after its end. */
  readonly filling: number[]
  readonly text: RowText | undefined
  written: string
  finishReason: FinishReason | undefined
}

/** The rows of a call as they grow: which ones have ended, why, and their text. */
export class Rows {
  readonly #rules: RowRules
  readonly #prompt: Prompt
  readonly #eos: ReadonlySet<number>
  readonly #rows: readonly Row[]
  #steps = 0

  constructor(prompt: Prompt, rules: RowRules) {
    this.#rules = rules
    this.#prompt = prompt
    this.#eos = new Set(rules.eosTokenIds)
    this.#rows = Array.from({ length: prompt.rows }, (_, b) => ({
      newTokens: [],
      filling: [],
      text: rules.tokenizer && new RowText(rules.tokenizer, promptOf(prompt, b), rules.stopStrings),
      written: '',
      finishReason: undefined,
    }))
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps
  }

  /** True when no row goes on. */
  get done(): boolean {
    return this.#rows.every((row) => row.finishReason !== undefined)
  }

  get finishReasons(): (FinishReason | undefined)[] {
    return this.#rows.map((row) => row.finishReason)
  }

  get newTokens(): number[][] {
    return this.#rows.map((row) => row.newTokens)
  }

  get texts(): string[] {
    return this.#rows.map((row) => row.written)
  }

  /** Takes the ids of a step: what each row got, its filling if it had ended, and its text. */
  accept(ids: Int32Array): { tokens: number[]; texts: string[] } {
    this.#steps++
    const texts: string[] = []
    const tokens = this.#rows.map((row, b) => {
      if (row.finishReason !== undefined) {
        texts.push('')
        // As in Transformers, rows are padded only where end tokens exist; without any, a row that a
        // stop string ended goes on beside the others.
        const filler = this.#eos.size > 0 ? this.#rules.padTokenId : (ids[b] as number)
        row.filling.push(filler)
        return filler
      }
      const id = ids[b] as number
      if (id === NO_TOKEN) throw noToken(b, row.newTokens.length)
      row.newTokens.push(id)
      let text = row.text?.push(id) ?? ''
      if (row.text?.stopped) row.finishReason = 'stop-string'
      else if (this.#eos.has(id)) row.finishReason = 'stop'
      else if (this.#steps === this.#rules.maxNewTokens) row.finishReason = 'length'
      if (row.finishReason !== undefined) text += row.text?.flush() ?? ''
      row.written += text
      texts.push(text)
      return id
    })
    return { tokens, texts }
  }

  /** Prompt and new tokens of each row, filled to one length. */
  sequences(): number[][] {
    const { length, ids } = this.#prompt
    return this.#rows.map(({ newTokens, filling }, b) => [
      ...ids.subarray(b * length, (b + 1) * length),
      ...newTokens,
      ...filling,
    ])
  }
}

function noToken(row: number, step: number): HeddleError {
  return new HeddleError(
    'ERR_NUMERIC',
    `generate: a token must have a score that is a number above -infinity; got none in row ${row} ` +
      `after ${step} new tokens. Look for NaN in the weights, or for options that rule out all tokens.`,
  )
}

function promptOf(prompt: Prompt, row: number): Int32Array {
  const start = prompt.starts[row] as number
  return prompt.ids.subarray(row * prompt.length + start, (row + 1) * prompt.length)
}
