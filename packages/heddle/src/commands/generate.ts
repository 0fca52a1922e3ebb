import { type GenerateOutput, stream } from '@heddle/generation'
import { Command } from 'commander'
import { UsageError } from '../exit.ts'
import { type ModelSession, openModel } from '../model-session.ts'
import {
  addModelOptions,
  addSamplingOptions,
  generateOptions,
  type SamplingFlags,
} from '../sampling-options.ts'
import { note, Progress, rate, write, writeJson } from '../terminal.ts'

interface GenerateFlags extends SamplingFlags {
  model?: string
  dtype: 'auto' | 'f32' | 'bf16' | 'f16'
  quantize?: 'int8' | 'int4'
  compute?: 'exact' | 'fast'
  prompt?: string
  chat?: boolean
  system?: string
  json?: boolean
}

/** `heddle generate`: continues a prompt on stdout. */
export function generateCommand(signal: AbortSignal): Command {
  const command = new Command('generate').description('continue a prompt')
  addSamplingOptions(addModelOptions(command))
    .option('-p, --prompt <text>', 'what to continue (default: standard input)')
    .option('--chat', "answer the prompt as a message, through the model's chat template")
    .option('--system <text>', 'system message; implies --chat')
    .option('--json', 'print one JSON object instead of text')
    .addHelpText(
      'after',
      `
Examples:
  heddle generate --prompt "Once upon a time" --temperature 0.7
  heddle generate --model ./SmolLM2-135M-Instruct --chat --prompt "What is a loom?"
  echo "Once there was a fox" | heddle generate --max-new-tokens 50 --json`,
    )
    .action((flags: GenerateFlags) => generateText(flags, signal))
  return command
}

async function generateText(flags: GenerateFlags, signal: AbortSignal): Promise<void> {
  const text = flags.prompt ?? (await standardInput())
  const session = await openModel({ ...flags, signal })
  try {
    await continueText(session, text, flags, signal)
  } finally {
    session.model.dispose()
  }
}

async function continueText(
  session: ModelSession,
  text: string,
  flags: GenerateFlags,
  signal: AbortSignal,
): Promise<void> {
  const { model, tokenizer } = session
  const isChat = flags.chat === true || flags.system !== undefined
  const ids = isChat ? chatIds(session, text, flags.system) : tokenizer.encode(text)
  const progress = new Progress()
  const started = performance.now()
  let firstToken = 0
  try {
    const parts = stream(model, ids, {
      ...generateOptions(model, flags, ids.length),
      tokenizer,
      signal,
      onProgress: ({ phase, done, total }) => {
        if (phase === 'prefill') progress.show(`reading the prompt: ${done} of ${total} tokens`)
      },
    })
    for (;;) {
      const { done, value } = await parts.next()
      if (done) {
        const prefillMilliseconds = firstToken - started
        const milliseconds = performance.now() - firstToken
        return await report(session, text, flags, value, { prefillMilliseconds, milliseconds })
      }
      if (firstToken === 0) {
        firstToken = performance.now()
        progress.clear()
        if (!isChat && !flags.json) await write(text)
      }
      if (!flags.json) await write(value.text)
    }
  } catch (error) {
    progress.clear()
    // The text so far stands on a line of its own.
    if (!flags.json && firstToken !== 0) await write('\n')
    throw error
  }
}

async function report(
  { directory, loadMilliseconds }: ModelSession,
  prompt: string,
  { json }: GenerateFlags,
  { texts, newTokens, finishReasons, counts, seed }: GenerateOutput,
  time: { prefillMilliseconds: number; milliseconds: number },
): Promise<void> {
  const decodeTokensPerSecond = ((counts.newTokens - 1) * 1000) / time.milliseconds
  const finishReason = finishReasons[0]
  if (!json) {
    await write('\n')
    const ending = seed === undefined ? '' : `, seed ${seed}`
    const speed = `${rate(decodeTokensPerSecond)} tokens/s`
    return note(`${counts.newTokens} tokens, ${speed}, ended by ${finishReason}${ending}`)
  }
  await writeJson({
    model: directory,
    prompt,
    text: texts?.[0],
    tokens: newTokens[0],
    finishReason,
    promptTokens: counts.promptTokens,
    newTokens: counts.newTokens,
    seed,
    loadMilliseconds,
    prefillMilliseconds: time.prefillMilliseconds,
    decodeTokensPerSecond,
  })
}

function chatIds(
  { tokenizer, directory }: ModelSession,
  content: string,
  system: string | undefined,
): number[] {
  if (tokenizer.chatTemplate === undefined) {
    throw new UsageError(
      `generate: --chat and --system need a model with a chat template; got ${directory} ` +
        'without one. Leave them out.',
    )
  }
  const messages = [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content },
  ]
  return tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true, tokenize: true })
}

async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) {
    throw new UsageError('generate: a prompt must be given; got none. Pass --prompt, or pipe text.')
  }
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
    .toString()
    .replace(/\r?\n$/, '')
}
