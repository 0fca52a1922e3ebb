/** Property name of a checkpoint's name segment or config key: `q_proj` gives `qProj`, `ln_1` stays. */
export function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** Inverse of `toCamelCase`: `qProj` gives `q_proj`. */
export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
