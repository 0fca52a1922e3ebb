import { describe, expect, test } from 'vitest'
import { resolveLengths, StopStringMatcher } from './stopping.ts'

const none = {
  maxNewTokens: undefined,
  maxLength: undefined,
  minNewTokens: undefined,
  minLength: 0,
}

describe('resolveLengths', () => {
  test('generates 20 tokens when nothing is said, within the positions of the model', () => {
    expect(resolveLengths(none, 7, 512)).toEqual({ maxNewTokens: 20, minNewTokens: 0 })
    expect(resolveLengths(none, 500, 512)).toEqual({ maxNewTokens: 12, minNewTokens: 0 })
  })

  test('maxLength counts the prompt, and maxNewTokens wins over it', () => {
    expect(resolveLengths({ ...none, maxLength: 30 }, 7, 512).maxNewTokens).toBe(23)
    expect(resolveLengths({ ...none, maxLength: 30, maxNewTokens: 4 }, 7, 512).maxNewTokens).toBe(4)
    expect(resolveLengths({ ...none, maxLength: 600 }, 7, 512).maxNewTokens).toBe(593)
  })

  test('minLength counts the prompt, and minNewTokens wins over it', () => {
    expect(resolveLengths({ ...none, minLength: 10 }, 7, 512).minNewTokens).toBe(3)
    expect(resolveLengths({ ...none, minLength: 5 }, 7, 512).minNewTokens).toBe(0)
    expect(resolveLengths({ ...none, minLength: 10, minNewTokens: 1 }, 7, 512).minNewTokens).toBe(1)
  })

  test('refuses a maxLength that leaves no room', () => {
    for (const maxLength of [7, 6]) {
      expect(() => resolveLengths({ ...none, maxLength }, 7, 512)).toThrow(
        expect.objectContaining({
          code: 'ERR_OPTION',
          message: expect.stringMatching(/Pass maxNewTokens/),
        }),
      )
    }
    expect(() => resolveLengths(none, 512, 512)).toThrow(/must be larger; got 512/)
  })
})

describe('StopStringMatcher', () => {
  const feed = (stops: string[], pieces: string[], prompt = '') => {
    const matcher = new StopStringMatcher(stops)
    matcher.prime(prompt)
    return pieces.map((piece) => matcher.push(piece))
  }

  test('finds a stop string inside, across and beyond pieces', () => {
    expect(feed(['stop'], ['a stop b'])).toEqual([6])
    expect(feed(['stop'], ['st', 'op'])).toEqual([undefined, 4])
    expect(feed(['stop'], ['s', 't', 'o', 'p'])).toEqual([undefined, undefined, undefined, 4])
    expect(feed(['stop'], ['las', 'topper'])).toEqual([undefined, 7])
    expect(feed(['stop'], ['sto', 'ut'])).toEqual([undefined, undefined])
  })

  test('a match may begin in the prompt but must end after it', () => {
    expect(feed(['lo wo'], [' world'], 'Hello')).toEqual([8])
    expect(feed(['stop'], [' here'], 'stop')).toEqual([undefined])
  })

  test('the earliest of several wins', () => {
    expect(feed(['b', 'abc'], ['xabcx'])).toEqual([4])
  })

  test('holds back only what may still become a stop string', () => {
    const matcher = new StopStringMatcher(['###', '\n\n'])
    for (const [piece, held] of [
      ['a#', 1],
      ['#', 2],
      ['b', 0],
      ['\n', 1],
      [' \n', 1],
    ] as const) {
      matcher.push(piece)
      expect(matcher.held).toBe(held)
    }
  })
})
