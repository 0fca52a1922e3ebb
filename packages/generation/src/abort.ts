import { AbortError } from '@heddle/tensor'

/** Throws an `AbortError` if the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal)
}

/** The error of a call that its caller ended. */
export function abortError(signal: AbortSignal): AbortError {
  return new AbortError('generate: the call was aborted by its signal.', signal.reason)
}

/** Settles as `promise` does, or rejects at once when the signal fires. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(abortError(signal))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
