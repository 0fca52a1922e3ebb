import { generate } from '@heddle/generation'
import type { ChatMessage } from '@heddle/tokenizers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Conversation } from './conversation.ts'
import { type ModelSession, openModel } from './model-session.ts'

let session: ModelSession

beforeAll(async () => {
  session = await openModel({ dtype: 'f32' })
})

afterAll(() => session.model.dispose())

const options = { maxNewTokens: 8, eosTokenId: null }

async function say(conversation: Conversation, text: string, more = {}): Promise<string> {
  let answer = ''
  for await (const part of conversation.say(text, () => ({ ...options, ...more }))) {
    answer += part.text
  }
  return answer
}

/** A session whose tokenizer has a chat template, and the messages it was given. */
function withTemplate(): { session: ModelSession; seen: ChatMessage[][] } {
  const { tokenizer } = session
  const seen: ChatMessage[][] = []
  const applyChatTemplate = (messages: readonly ChatMessage[]) => {
    seen.push(structuredClone([...messages]))
    const lines = messages.map(({ role, content }) => `${role}: ${content}\n`)
    return tokenizer.encode(`${lines.join('')}assistant:`)
  }
  const stub = {
    chatTemplate: 'roles and lines',
    applyChatTemplate,
    decode: tokenizer.decode.bind(tokenizer),
    streamDecoder: tokenizer.streamDecoder.bind(tokenizer),
  }
  return { session: { ...session, tokenizer: stub as never }, seen }
}

test('without a template both sides continue one text', async () => {
  const conversation = new Conversation(session)
  const first = await say(conversation, 'Once upon a time')
  const second = await say(conversation, ' Tom said')
  conversation.dispose()
  const whole = new Conversation(session)
  expect(await say(whole, `Once upon a time${first} Tom said`)).toBe(second)
  whole.dispose()
})

test('with a template every turn sees all messages, and the answers equal those without a cache', async () => {
  const { session: chat, seen } = withTemplate()
  const conversation = new Conversation(chat, 'Be brief.')
  const first = await say(conversation, 'Hello')
  const second = await say(conversation, 'And then?')
  conversation.dispose()
  expect(seen).toHaveLength(2)
  expect(seen[1]).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: first },
    { role: 'user', content: 'And then?' },
  ])
  const { tokenizer } = chat
  const ids = tokenizer.applyChatTemplate(seen[1] as ChatMessage[], { tokenize: true })
  const anew = await generate(chat.model, ids, { ...options, tokenizer })
  expect(anew.texts).toEqual([second])
})

test('an answer that was stopped stays as far as it came, and the talk goes on', async () => {
  const { session: chat, seen } = withTemplate()
  const conversation = new Conversation(chat)
  let heard = ''
  const abort = new AbortController()
  const stopped = (async () => {
    for await (const part of conversation.say('Hello', () => ({
      ...options,
      signal: abort.signal,
    }))) {
      heard += part.text
      if (heard.length > 3) abort.abort()
    }
  })()
  await expect(stopped).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  const after = await say(conversation, 'Go on')
  expect(seen[1]?.[1]).toEqual({ role: 'assistant', content: heard })
  conversation.dispose()
  const { tokenizer } = chat
  const ids = tokenizer.applyChatTemplate(seen[1] as ChatMessage[], { tokenize: true })
  expect((await generate(chat.model, ids, { ...options, tokenizer })).texts).toEqual([after])
})
