import { describe, expect, it } from 'vitest'
import { parseToolCalls, type ToolCallFormat } from './tool-calls.ts'

const call = (name: string, values: object, id?: string) => ({
  ...(id === undefined ? {} : { id }),
  type: 'function',
  function: { name, arguments: values },
})

describe('parseToolCalls', () => {
  it.each<[ToolCallFormat, string, string, object[]]>([
    [
      'hermes',
      'I look.\n<tool_call>\n{"name": "w", "arguments": {"city": "Paris </tool_call>"}}\n</tool_call>',
      'I look.',
      [call('w', { city: 'Paris </tool_call>' })],
    ],
    [
      'hermes',
      '<tool_call>{"name":"a","arguments":{}}</tool_call><tool_call>{"name":"b","arguments":"{\\"x\\":1}"}',
      '',
      [call('a', {}), call('b', { x: 1 })],
    ],
    ['hermes', 'no call', 'no call', []],
    ['llama3', '{"name": "w", "parameters": {"x": 1}}<|eom_id|>', '', [call('w', { x: 1 })]],
    [
      'llama3',
      '<|python_tag|>{"name": "a", "parameters": {}}; {"name": "b", "parameters": {"y": [1]}}',
      '',
      [call('a', {}), call('b', { y: [1] })],
    ],
    [
      'llama3',
      'Searching.<|python_tag|>brave_search.call(query="a \\"b\\"", n=2, safe=True)<|eom_id|>',
      'Searching.',
      [call('brave_search', { query: 'a "b"', n: 2, safe: true })],
    ],
    ['llama3', '<function=w>{"x": "</b>"}</function>', '', [call('w', { x: '</b>' })]],
    [
      'llama3',
      '{"type": "function", "function": {"name": "w", "parameters": {}}}',
      '',
      [call('w', {})],
    ],
    ['llama3', '{"answer": 42}', '{"answer": 42}', []],
    ['llama3', 'Just text.<|eot_id|>', 'Just text.', []],
    [
      'mistral',
      'ok[TOOL_CALLS] [{"name": "w", "arguments": {"x": 1}, "id": "9Ae3bDc2F"}]</s>',
      'ok',
      [call('w', { x: 1 }, '9Ae3bDc2F')],
    ],
    [
      'mistral',
      '[TOOL_CALLS]a[CALL_ID]123456789[ARGS]{"x": 1}[TOOL_CALLS]b[ARGS]{}',
      '',
      [call('a', { x: 1 }, '123456789'), call('b', {})],
    ],
    ['mistral', '[TOOL_CALLS]w{"x": 1}', '', [call('w', { x: 1 })]],
  ])('%s: %s', (format, text, content, toolCalls) => {
    expect(parseToolCalls(text, format)).toEqual({ content, toolCalls, errors: [] })
  })

  it.each<[ToolCallFormat, string, string]>([
    ['hermes', '<tool_call>{"name": "w", "arguments": {</tool_call>', 'valid JSON'],
    ['hermes', "<tool_call>{'name': 'w'}</tool_call>", 'valid JSON'],
    ['hermes', '<tool_call>{"arguments": {}}</tool_call>', 'must have a name'],
    ['hermes', '<tool_call>[1]</tool_call>', 'must be an object'],
    ['hermes', '<tool_call>{"name": "w", "arguments": [1]}</tool_call>', 'arguments'],
    ['hermes', '<tool_call>{"name": "w", "arguments": "x"}</tool_call>', 'arguments'],
    ['hermes', '<tool_call>', 'valid JSON'],
    ['llama3', '{"name": "w", "parameters": {"x": ', 'valid JSON'],
    ['llama3', '<|python_tag|>import os', 'valid JSON, or'],
    ['llama3', '<|python_tag|>f.call(x=[1])', 'valid JSON, or'],
    ['llama3', '<function=w>{"x"', 'valid JSON'],
    ['mistral', '[TOOL_CALLS]', 'valid JSON'],
    ['mistral', '[TOOL_CALLS] [{"name": "w"', 'valid JSON'],
    ['mistral', '[TOOL_CALLS] [{"arguments": {}}]', 'must have a name'],
  ])('%s returns an error for %s', (format, text, message) => {
    const { toolCalls, errors } = parseToolCalls(text, format)
    expect(toolCalls).toEqual([])
    expect(errors).toHaveLength(1)
    expect(errors[0]!.message).toContain(message)
  })

  it('keeps the calls beside a broken one', () => {
    const text = '<tool_call>{</tool_call><tool_call>{"name":"a","arguments":{}}</tool_call>'
    const { toolCalls, errors } = parseToolCalls(text, 'hermes')
    expect([toolCalls.length, errors.length]).toEqual([1, 1])
  })

  it('takes linear time for whatever comes', () => {
    for (const part of [
      '<tool_call>{</tool_call>',
      '[TOOL_CALLS]{',
      '<function=f>{</function>',
      '{"a":[',
      '<function=f>',
      '{"name":"a"};',
      '"\\',
      'f(',
    ]) {
      const text = part.repeat(20_000)
      for (const format of ['hermes', 'llama3', 'mistral'] as const) {
        const start = performance.now()
        parseToolCalls(text, format)
        parseToolCalls(`<|python_tag|>${text}`, format)
        expect(performance.now() - start, `${format} ${part}`).toBeLessThan(3000)
      }
    }
  })

  it('refuses other formats by name', () => {
    expect(() => parseToolCalls('', 'xml' as 'hermes')).toThrow(
      'format must be hermes, llama3, mistral',
    )
    expect(() => parseToolCalls(1 as unknown as string, 'hermes')).toThrow('text must be a string')
  })
})
