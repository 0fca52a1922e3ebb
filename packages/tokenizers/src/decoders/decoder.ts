// A decoder is a chain of streams: tokens go in at one end, text comes out at the other. A whole text and a text
// that arrives token by token take the same way, so they cannot differ.

/** Takes tokens (or, after a decoder that joins them, chunks of one long text). */
export interface TokenStream {
  write(text: string): void
  /** No more for now: pass on what is certain. False says that the tokens so far end within a character. */
  sync(): boolean | void
  /** No more at all: pass on everything. The stream is not used again. */
  end(): void
}

/** One step of decoding. */
export interface Decoder {
  /** True when what comes out is one text in chunks, whatever goes in. */
  readonly joins: boolean
  /** A stream that writes to `next`; `joined` says that chunks of one text come in, not tokens. */
  open(next: TokenStream, joined: boolean): TokenStream
  /** As `open` for a `next` that needs tokens whole, where `open` passes on parts of them. */
  openWhole?(next: TokenStream, joined: boolean): TokenStream
  /** The decoder as tokenizer.json has it. */
  toJSON(): unknown
}

/** A stream that changes each token by itself. */
export function eachToken(next: TokenStream, change: (token: string) => string): TokenStream {
  return {
    write: (token) => next.write(change(token)),
    sync: () => next.sync(),
    end: () => next.end(),
  }
}

/** A stream that needs the whole text: passes nothing on before the end. */
export function wholeText(next: TokenStream, change: (text: string) => string): TokenStream {
  let text = ''
  return {
    write(chunk) {
      text += chunk
    },
    sync() {},
    end() {
      next.write(change(text))
      next.end()
    },
  }
}
