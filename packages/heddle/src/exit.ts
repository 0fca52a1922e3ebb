import { HeddleError } from '@heddle/tensor'
import { CommanderError, InvalidArgumentError } from 'commander'

/** Ends a command that was used wrongly: one line and status 2. */
export class UsageError extends HeddleError {
  constructor(message: string) {
    super('ERR_USAGE', message)
  }
}

/** The exit status that an error stands for, and the line that tells it (none if it was told). */
export function describe(error: unknown): { status: number; line?: string } {
  if (error instanceof CommanderError) {
    // Help and version are told as errors of status 0; the rest is wrong usage, already told.
    return { status: error.exitCode === 0 ? 0 : 2 }
  }
  if (error instanceof UsageError) return { status: 2, line: `heddle: ${error.message}` }
  if (isAbort(error)) return { status: 130 }
  const message = error instanceof Error ? error.message : String(error)
  return { status: 1, line: `heddle: ${message.replaceAll(/\s*\n\s*/g, ' ')}` }
}

/** True for the error of a call that its user ended. */
export function isAbort(error: unknown): boolean {
  return HeddleError.isInstance(error) && error.code === 'ERR_ABORTED'
}

/** A reader that goes away (`heddle generate | head`) is no error. */
export function exitQuietlyWithoutReader(): void {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }
}

/** Parses an option that must be a number. */
export function number(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}
