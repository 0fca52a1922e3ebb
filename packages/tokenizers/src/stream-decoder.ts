type Opened = { write(id: number): void; sync(): boolean | void; end(): void }

/** Decodes ids one by one or in groups; after `flush` it begins anew. */
export class StreamDecoder {
  readonly #open: (emit: (text: string) => void) => Opened
  #stream: Opened | undefined
  #text = ''
  // Looked at piece by piece: a long run of U+FFFD is not read again for every id.
  #endsOpen = false

  constructor(open: (emit: (text: string) => void) => Opened) {
    this.#open = open
  }

  /** Takes one id or several and returns the text that has become certain, often none. */
  push(ids: number | Iterable<number>): string {
    this.#stream ??= this.#open((text) => {
      if (text === '') return
      this.#text += text
      this.#endsOpen = text.endsWith('\ufffd')
    })
    if (typeof ids === 'number') this.#stream.write(ids)
    else for (const id of ids) this.#stream.write(id)
    // Like the reference: nothing while the text ends in U+FFFD, which may yet become a character.
    const isWhole = this.#stream.sync() !== false && !this.#endsOpen
    return isWhole ? this.#take() : ''
  }

  /** Returns what was held back; an unfinished character becomes U+FFFD. */
  flush(): string {
    this.#stream?.end()
    this.#stream = undefined
    return this.#take()
  }

  #take(): string {
    const text = this.#text
    this.#text = ''
    this.#endsOpen = false
    return text
  }
}
