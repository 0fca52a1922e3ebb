import { stream } from '@heddle/generation'
import { Command } from 'commander'
import { UsageError } from '../exit.ts'
import { openModel } from '../model-session.ts'
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
  const { model, tokenizer, directory, loadMilliseconds } = session
  const isChat = flags.chat === true || flags.system !== undefined
  const prompt = isChat ? chatPrompt(session, text, flags.system) : text
  const ids = tokenizer.encode(prompt, { addSpecialTokens: !isChat })
  const progress = new Progress()
  const started = performance.now()
  let firstToken = started
  try {
    const parts = stream(model, ids, {
      ...generateOptions(model, flags, ids.length),
      tokenizer,
      signal,
      onProgress: ({ phase, done, total }) => {
        if (phase === 'prefill') progress.show(`reading the prompt: ${done} of ${total} tokens`)
      },
    })
    if (!isChat && !flags.json) await write(text)
    for (;;) {
      const { done, value } = await parts.next()
      if (done) {
        const seconds = (performance.now() - firstToken) / 1000
        const speed = Math.max(0, value.counts.newTokens - 1) / seconds
        if (flags.json) {
          await writeJson({
            model: directory,
            prompt,
            text: value.texts?.[0],
            tokens: value.newTokens[0],
            finishReason: value.finishReasons[0],
            promptTokens: value.counts.promptTokens,
            newTokens: value.counts.newTokens,
            seed: value.seed,
            loadMilliseconds,
            prefillMilliseconds: firstToken - started,
            decodeTokensPerSecond: speed,
          })
        } else {
          await write('\n')
          note(
            `${value.counts.newTokens} tokens, ${rate(speed)} tokens/s, ended by ` +
              `${value.finishReasons[0]}${value.seed === undefined ? '' : `, seed ${value.seed}`}`,
          )
        }
        return
      }
      if (firstToken === started) {
        firstToken = performance.now()
        progress.clear()
      }
      if (!flags.json) await write(value.text)
    }
  } catch (error) {
    // The text so far stands on a line of its own.
    if (!flags.json && firstToken !== started) await write('\n')
    throw error
  } finally {
    progress.clear()
    model.dispose()
  }
}

function chatPrompt(
  { tokenizer, directory }: Awaited<ReturnType<typeof openModel>>,
  content: string,
  system: string | undefined,
): string {
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
  return tokenizer.applyChatTemplate(messages, { addGenerationPrompt: true, tokenize: false })
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
