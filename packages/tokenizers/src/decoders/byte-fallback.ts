import type { Decoder } from './decoder.ts'

const byteToken = /^<0x([0-9A-Fa-f]{2}|\+[0-9A-Fa-f])>$/
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads runs of `<0xNN>` tokens as UTF-8. A run that is not valid becomes one U+FFFD for each byte of it, so strictly
 * the text of a run is certain only when the run ends. A stream does not wait for that where the run is valid so far,
 * as in the reference: only in a run that goes wrong later has it those characters where a whole text has U+FFFD.
 */
export const byteFallback: Decoder = {
  joins: false,
  toJSON: () => ({ type: 'ByteFallback' }),
  open(next, joined) {
    let run: number[] = []
    // True once no byte that may follow makes the run valid.
    let broken = false
    const pass = (): boolean => {
      if (run.length === 0) return true
      const text = broken ? undefined : textOf(run)
      if (text === undefined) {
        broken ||= textOf(run.slice(0, lastCharacter(run))) === undefined
        return false
      }
      next.write(text)
      run = []
      return true
    }
    const finish = (): void => {
      if (pass()) return
      for (let i = 0; i < run.length; i++) next.write('\ufffd')
      run = []
      broken = false
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
      sync() {
        const whole = pass()
        return next.sync() !== false && whole
      },
      end() {
        if (held !== undefined) token(held)
        finish()
        next.end()
      },
    }
  },
}

function textOf(bytes: readonly number[]): string | undefined {
  try {
    return decoder.decode(Uint8Array.from(bytes))
  } catch {
    return undefined
  }
}

/** Where the last character begins that may not be whole yet. */
function lastCharacter(bytes: readonly number[]): number {
  let at = bytes.length - 1
  while (at > 0 && bytes.length - at < 4 && (bytes[at]! & 0xc0) === 0x80) at--
  return at
}
