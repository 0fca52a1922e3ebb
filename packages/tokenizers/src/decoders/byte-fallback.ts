import type { Decoder } from './decoder.ts'

const byteToken = /^<0x([0-9A-Fa-f]{2}|\+[0-9A-Fa-f])>$/
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads runs of `<0xNN>` tokens as UTF-8. A run that is not valid becomes one U+FFFD for each byte of it, so the
 * text of a run is certain only when the run ends.
 */
export const byteFallback: Decoder = {
  joins: false,
  toJSON: () => ({ type: 'ByteFallback' }),
  open(next, joined) {
    let run: number[] = []
    const finish = (): void => {
      if (run.length === 0) return
      let text: string | undefined
      try {
        text = decoder.decode(Uint8Array.from(run))
      } catch {
        text = undefined
      }
      if (text !== undefined) next.write(text)
      else for (let i = 0; i < run.length; i++) next.write('\ufffd')
      run = []
    }
    const token = (text: string): void => {
      const found = text.length === 6 ? byteToken.exec(text) : null
      if (found) {
        run.push(parseInt(found[1]!, 16))
        return
      }
      finish()
      next.write(text)
    }
    // One long text is a byte token only when it is nothing else: six characters decide.
    let held: string | undefined = joined ? '' : undefined
    return {
      write(text) {
        if (held === undefined) {
          if (joined) next.write(text)
          else token(text)
          return
        }
        held += text
        if (held.length > 6) {
          next.write(held)
          held = undefined
        }
      },
      sync: () => next.sync(),
      end() {
        if (held !== undefined) token(held)
        finish()
        next.end()
      },
    }
  },
}
