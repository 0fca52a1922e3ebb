import type { Normalizer } from './normalizer.ts'

/** Runs normalizers one after another. */
export function sequence(normalizers: readonly Normalizer[]): Normalizer {
  return { normalize: (text) => normalizers.reduce((done, next) => next.normalize(done), text) }
}
