/** An error whose message is for the person at the terminal: shown without a stack. */
export function failure(message) {
  return Object.assign(new Error(message), { shown: true })
}
