import { asString, boolField, field, type JsonObject } from '../../json.ts'
import type { Decoder } from '../../decoders/decoder.ts'
import { Utf8Run } from './utf8-run.ts'

/** How SentencePiece turns pieces into text. */
export interface SentencePieceDecoderOptions {
  /** The piece that stands for unknown text, and what is written for it. */
  readonly unkPiece: string
  readonly unkSurface: string
  readonly byteFallback: boolean
  readonly addDummyPrefix: boolean
  readonly removeExtraWhitespaces: boolean
}

const byteToken = /^<0x[0-9A-F]{2}>$/

/**
 * Writes spaces for marks and UTF-8 for bytes. The mark of the first piece is left out where one was added; all marks
 * before the first text are, where extra spaces were removed.
 */
export function sentencePieceDecoder(options: SentencePieceDecoderOptions): Decoder {
  const { unkPiece, unkSurface, byteFallback, addDummyPrefix, removeExtraWhitespaces } = options
  return {
    joins: false,
    toJSON: () => ({
      type: 'SentencePiece',
      unk_piece: unkPiece,
      unk_surface: unkSurface,
      byte_fallback: byteFallback,
      add_dummy_prefix: addDummyPrefix,
      remove_extra_whitespaces: removeExtraWhitespaces,
    }),
    open(next) {
      const bytes = new Utf8Run()
      let isStart = true
      let markWasTaken = false
      const write = (text: string): void => {
        if (text === '') return
        isStart = false
        next.write(text)
      }
      const piece = (token: string): void => {
        // A mark that was taken is text as well, unless all of them are to go.
        if (markWasTaken) isStart = false
        markWasTaken = false
        if (token === unkPiece) {
          write(unkSurface)
          return
        }
        let text = token
        if (isStart && (addDummyPrefix || removeExtraWhitespaces) && text.startsWith('\u2581')) {
          text = text.slice(1)
          markWasTaken = !removeExtraWhitespaces
        }
        write(text.replaceAll('\u2581', ' '))
      }
      return {
        write(token) {
          if (byteFallback && token.length === 6 && byteToken.test(token)) {
            write(bytes.push(parseInt(token.slice(3, 5), 16)))
            return
          }
          write(bytes.end())
          piece(token)
        },
        sync: () => next.sync(),
        end() {
          write(bytes.end())
          next.end()
        },
      }
    },
  }
}

/** Builds the decoder from its JSON. */
export function readSentencePieceDecoder(object: JsonObject, where: string): Decoder {
  return sentencePieceDecoder({
    unkPiece: asString(field(object, 'unk_piece'), `${where}.unk_piece`),
    unkSurface: asString(field(object, 'unk_surface'), `${where}.unk_surface`),
    byteFallback: boolField(object, 'byte_fallback', where, false),
    addDummyPrefix: boolField(object, 'add_dummy_prefix', where, true),
    removeExtraWhitespaces: boolField(object, 'remove_extra_whitespaces', where, true),
  })
}
