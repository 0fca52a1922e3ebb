import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { benchCommand } from './commands/bench.ts'
import { chatCommand } from './commands/chat.ts'
import { generateCommand } from './commands/generate.ts'
import { inspectCommand } from './commands/inspect.ts'
import { describe } from './exit.ts'

export { exitQuietlyWithoutReader } from './exit.ts'

/** Runs the `heddle` command and sets the exit status: 0, 1 (failed), 2 (wrong usage), 130 (Ctrl-C). */
export async function main(argv: readonly string[]): Promise<void> {
  const interrupt = new AbortController()
  const stop = () => interrupt.abort()
  // The first Ctrl-C ends the work in order; a second one finds no listener and ends the process.
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    await program(interrupt.signal).parseAsync(argv)
  } catch (error) {
    const { status, line } = describe(error)
    if (line !== undefined) process.stderr.write(`${line}\n`)
    process.exitCode = status
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

function program(signal: AbortSignal): Command {
  const heddle = new Command('heddle')
    .description('Run language models from the Hugging Face Hub in Node, without Python.')
    .version(version(), '-V, --version')
    .addHelpText(
      'after',
      `
Examples:
  heddle generate --prompt "Once upon a time" --temperature 0.7
  heddle chat --model ./SmolLM2-135M-Instruct
  heddle inspect ./SmolLM2-135M-Instruct
  heddle bench --model ./SmolLM2-135M-Instruct --json`,
    )
  for (const command of [
    generateCommand(signal),
    chatCommand(signal),
    inspectCommand(),
    benchCommand(signal),
  ]) {
    heddle.addCommand(command)
  }
  // Commander ends the process itself by default; here every end goes through main().
  for (const command of [heddle, ...heddle.commands]) {
    command.exitOverride().showHelpAfterError('(add --help for what it takes)')
    command.configureOutput({
      outputError: (text, print) => print(text.replace(/^error: /, 'heddle: ')),
    })
  }
  return heddle
}

function version(): string {
  const manifest = new URL('../package.json', import.meta.url)
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}
