import { show, TokenizerError } from '../errors.ts'
import { asArray, asObject, field, type JsonObject } from '../json.ts'

/**
 * A post-processor for another vocabulary: the same tokens, or those that `rename` gives, with the ids that
 * `idOf` knows.
 */
export function withNewIds(
  postProcessor: unknown,
  rename: (token: string) => string,
  idOf: (token: string) => number | undefined,
): unknown {
  if (postProcessor === null || postProcessor === undefined) return null
  const where = 'trainTokenizer: post_processor'
  const object = asObject(postProcessor, where)
  const changed: [string, unknown][] = []
  const find = (token: unknown): [string, number] => {
    const name = typeof token === 'string' ? rename(token) : ''
    const id = idOf(name)
    if (id !== undefined) return [name, id]
    throw new TokenizerError(
      'ERR_TOKENIZER_OPTION',
      `${where}: its tokens must be in the new vocabulary; got ${show(token)}. Give it as a special token.`,
    )
  }
  const parts = field(object, 'processors')
  if (parts !== undefined) {
    const list = asArray(parts, `${where}.processors`)
    changed.push(['processors', list.map((part) => withNewIds(part, rename, idOf))])
  }
  const special = field(object, 'special_tokens')
  if (special !== undefined) changed.push(['special_tokens', specialTokens(special, where, find)])
  for (const key of ['cls', 'sep']) {
    const pair = field(object, key)
    if (pair !== undefined) changed.push([key, find(asArray(pair, `${where}.${key}`)[0])])
  }
  return { ...object, ...Object.fromEntries(changed) }
}

function specialTokens(
  value: unknown,
  where: string,
  find: (token: unknown) => [string, number],
): JsonObject {
  const entries = Object.entries(asObject(value, `${where}.special_tokens`))
  return Object.fromEntries(
    entries.map(([key, item]) => {
      const at = `${where}.special_tokens[${show(key)}]`
      const object = asObject(item, at)
      const found = asArray(field(object, 'tokens'), `${at}.tokens`).map(find)
      const tokens = found.map(([token]) => token)
      return [key, { ...object, ids: found.map(([, id]) => id), tokens }]
    }),
  )
}
