import type { Decoder } from './decoder.ts'

/** Joins all tokens into one text, for the steps after it. */
export const fuse: Decoder = {
  joins: true,
  open: (next) => next,
  toJSON: () => ({ type: 'Fuse' }),
}
