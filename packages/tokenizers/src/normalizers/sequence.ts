import type { Normalizer } from './normalizer.ts'

/** Runs normalizers one after another. */
export function sequence(normalizers: readonly Normalizer[]): Normalizer {
  return {
    normalize: (text) => normalizers.reduce((done: string, next) => next.normalize(done), text),
  }
}
