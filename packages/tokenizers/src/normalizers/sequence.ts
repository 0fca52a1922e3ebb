import type { Normalizer } from './normalizer.ts'

/** Runs normalizers one after another. */
export function sequence(normalizers: readonly Normalizer[]): Normalizer {
  return {
    normalize(text) {
      for (const normalizer of normalizers) text = normalizer.normalize(text)
      return text
    },
    align(text) {
      for (const normalizer of normalizers) text = normalizer.align(text)
      return text
    },
    isUnitwise: normalizers.every((normalizer) => normalizer.isUnitwise === true),
    toJSON: () => ({ type: 'Sequence', normalizers: normalizers.map((item) => item.toJSON()) }),
  }
}
