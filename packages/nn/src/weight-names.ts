/** Property name of a checkpoint's name segment or config key: `q_proj` gives `qProj`, `ln_1` stays. */
export function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

// Names are properties in code: few, and asked for once per layer.
const snakeCase = new Map<string, string>()

/** Inverse of `toCamelCase`: `qProj` gives `q_proj`. */
export function toSnakeCase(name: string): string {
  let snake = snakeCase.get(name)
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    snakeCase.set(name, snake)
  }
  return snake
}
