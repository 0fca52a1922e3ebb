import { createInterface, type Interface } from 'node:readline'
import type { GenerateOptions } from '@heddle/generation'
import { Command } from 'commander'
import { Conversation } from '../conversation.ts'
import { describe, isAbort, UsageError } from '../exit.ts'
import { type ModelSession, openModel } from '../model-session.ts'
import {
  addModelOptions,
  addSamplingOptions,
  generateOptions,
  type SamplingFlags,
} from '../sampling-options.ts'
import { note, Progress, write } from '../terminal.ts'

interface ChatFlags extends SamplingFlags {
  model?: string
  dtype: 'auto' | 'f32' | 'bf16' | 'f16'
  quantize?: 'int8' | 'int4'
  compute?: 'exact' | 'fast'
  system?: string
}

/** `heddle chat`: a conversation, one line at a time. */
export function chatCommand(signal: AbortSignal): Command {
  const command = new Command('chat').description('talk to a model, one line at a time')
  addSamplingOptions(addModelOptions(command))
    .option('--system <text>', 'system message')
    .addHelpText(
      'after',
      `
Without sampling options, and unless the model brings its own, answers are sampled with
temperature 0.7 and top-p 0.9. A model without a chat template continues what you write.
Ctrl-C ends an answer; Ctrl-C twice, or Ctrl-D, ends the chat.

Examples:
  heddle chat --model ./SmolLM2-135M-Instruct --system "You are brief."
  heddle chat`,
    )
    .action((flags: ChatFlags) => chat(flags, signal))
  return command
}

async function chat(flags: ChatFlags, signal: AbortSignal): Promise<void> {
  const session = await openModel({ ...flags, signal })
  const conversation = new Conversation(session, flags.system)
  if (flags.system !== undefined && !conversation.hasTemplate) {
    throw new UsageError(
      `chat: --system needs a model with a chat template; got ${session.directory} without one. ` +
        'Leave it out.',
    )
  }
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true
  const reader = createInterface({
    input: process.stdin,
    ...(isTerminal && { output: process.stdout, prompt: '> ' }),
  })
  if (!conversation.hasTemplate) note('No chat template: the model continues your text.')
  const interrupts = new Interrupts(reader, signal)
  try {
    if (isTerminal) reader.prompt()
    for await (const line of reader) {
      if (line.trim() !== '') await answer(conversation, session, line, flags, interrupts)
      if (isTerminal) reader.prompt()
    }
    if (isTerminal) await write('\n')
  } finally {
    reader.close()
    conversation.dispose()
    session.model.dispose()
  }
}

async function answer(
  conversation: Conversation,
  { model }: ModelSession,
  line: string,
  flags: ChatFlags,
  interrupts: Interrupts,
): Promise<void> {
  const progress = new Progress()
  const signal = interrupts.begin()
  const optionsFor = (promptLength: number): GenerateOptions => ({
    ...generateOptions(model, withDefaults(model, flags), promptLength),
    signal,
    onProgress: ({ phase, done, total }) => {
      if (phase === 'prefill') progress.show(`reading: ${done} of ${total} tokens`)
    },
  })
  try {
    for await (const part of conversation.say(line, optionsFor)) {
      progress.clear()
      await write(part.text)
    }
    await write('\n')
  } catch (error) {
    progress.clear()
    await write('\n')
    // The conversation goes on after an answer that failed or was stopped.
    if (!isAbort(error)) process.stderr.write(`${describe(error).line}\n`)
  } finally {
    interrupts.end()
  }
}

function withDefaults(model: ModelSession['model'], flags: ChatFlags): SamplingFlags {
  const { temperature, topK, topP, minP } = flags
  const isSaid = [temperature, topK, topP, minP].some((value) => value !== undefined)
  if (isSaid || typeof model.generationConfig.doSample === 'boolean') return flags
  return { ...flags, temperature: 0.7, topP: 0.9 }
}

/** What Ctrl-C means: the end of an answer, or of the chat when it comes again or at the prompt. */
class Interrupts {
  #answer: AbortController | undefined
  #wasInterrupted = false
  readonly #reader: Interface

  constructor(reader: Interface, quit: AbortSignal) {
    this.#reader = reader
    reader.on('SIGINT', () => this.#interrupt())
    quit.addEventListener('abort', () => this.#interrupt(), { once: true })
  }

  begin(): AbortSignal {
    this.#answer = new AbortController()
    this.#wasInterrupted = false
    return this.#answer.signal
  }

  end(): void {
    this.#answer = undefined
  }

  #interrupt(): void {
    if (this.#answer !== undefined && !this.#answer.signal.aborted) {
      this.#answer.abort()
      this.#wasInterrupted = true
      return
    }
    if (this.#answer === undefined && !this.#wasInterrupted && process.stdin.isTTY) {
      this.#wasInterrupted = true
      note('\n(Ctrl-C again, or Ctrl-D, to leave)')
      this.#reader.prompt()
      return
    }
    this.#reader.close()
  }
}
