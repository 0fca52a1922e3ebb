// Tokenizer goldens: real families (`ids`, `offsets`, `plain` by column, with fixture and file) and synthetic
// components (`group`, `strings`, `cases`).
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sameIds, sameText } from '../compare.mjs'
import { readJson, sibling } from '../discover.mjs'
import { folderOf } from '../fixtures.mjs'

const unsupported = (error) => /UNSUPPORTED/.test(error?.code ?? '')

/** Compares every string; undefined when all agree, else how many differ and the first. */
function all(strings, compare) {
  let count = 0
  let first
  strings.forEach((text, i) => {
    const difference = compare(text, i)
    if (difference === undefined) return
    count++
    first ??= `string ${i} ${JSON.stringify(text.slice(0, 40))}: ${difference}`
  })
  return first && `${count} of ${strings.length} differ; ${first}`
}

function safely(fn) {
  try {
    return fn()
  } catch (error) {
    return `${error.code ?? error.name}: ${error.message.slice(0, 120)}`
  }
}

export function realTokenizer({ path, folder, stem, content, accepts }) {
  if (!('fixture' in content && 'ids' in content && 'file' in content)) return undefined
  const name = stem
  if (!accepts(name)) return []
  if (!('text' in content))
    return [skipping(name, ['ids'], 'this kind of tokenizer file is not supported yet')]
  const strings = sibling(folder, 'strings.json')
  if (!strings || strings === path) return undefined
  const run = async ({ heddle, report }) => {
    const outputs = ['ids', 'plain', 'text', 'text_skip']
    report.skip(`${name}/offsets`, 'offsets are not supported yet')
    const home = folderOf(heddle, content.fixture)
    if (!home || !existsSync(join(home, content.file))) {
      for (const output of outputs)
        report.skip(`${name}/${output}`, `fixture ${content.fixture} was not fetched`)
      return
    }
    let tokenizer
    try {
      // The file alone, as the reference used it: no configuration beside it, truncation and padding off.
      const json = JSON.parse(readFileSync(join(home, content.file), 'utf8'))
      tokenizer = heddle.createTokenizer({ ...json, truncation: null, padding: null })
    } catch (error) {
      for (const output of outputs) {
        if (unsupported(error)) report.skip(`${name}/${output}`, `${error.message.slice(0, 90)}`)
        else report.fail(`${name}/${output}`, error.message)
      }
      return
    }
    const list = readJson(strings)
    const texts = Array.isArray(list) ? list : list.strings
    const slice = (i) => {
      const { plain, ids } = content
      if (plain[i] === 0) return ids[i]
      return plain[i].length === 2 ? ids[i].slice(plain[i][0], plain[i][0] + plain[i][1]) : plain[i]
    }
    const text = (i) => (content.text[i] === 0 ? texts[i] : content.text[i])
    const skip = (i) =>
      content.text_skip[i] === 0
        ? texts[i]
        : content.text_skip[i] === 1
          ? text(i)
          : content.text_skip[i]
    const decode = (ids, skipSpecialTokens) =>
      tokenizer.decode(ids, { skipSpecialTokens, cleanUpTokenizationSpaces: false })
    report.check(
      `${name}/ids`,
      all(texts, (t, i) => safely(() => sameIds(tokenizer.encode(t), content.ids[i]))),
    )
    report.check(
      `${name}/plain`,
      all(texts, (t, i) =>
        safely(() => sameIds(tokenizer.encode(t, { addSpecialTokens: false }), slice(i))),
      ),
    )
    report.check(
      `${name}/text`,
      all(texts, (_, i) => safely(() => sameText(decode(content.ids[i], false), text(i)))),
    )
    report.check(
      `${name}/text_skip`,
      all(texts, (_, i) => safely(() => sameText(decode(content.ids[i], true), skip(i)))),
    )
  }
  return [{ kind: 'tokenizer', name, run }]
}

export function syntheticTokenizers({ content, accepts, stem }) {
  const synthetic = 'group' in content && Array.isArray(content.cases) && 'tokenizers' in content
  const fast = Array.isArray(content.cases) && 'tokenizers_cases' in content
  const file =
    'ids' in content &&
    ('pattern' in content || 'pieces_table' in content || 'sentencepiece' in content)
  if (file)
    return accepts(stem)
      ? [
          skipping(
            stem,
            ['ids', 'decode'].filter((key) => key in content),
            'this kind of tokenizer file is not supported yet',
          ),
        ]
      : []
  if (fast || 'tokenizers_cases' in content)
    return accepts(stem)
      ? [skipping(stem, ['calls'], 'the whole wrapper is not supported yet')]
      : []
  if (!synthetic) return undefined
  const cases = content.cases.filter((c) => accepts(content.group, c.name, stem))
  return cases.length
    ? [
        {
          kind: 'tokenizer',
          name: content.group,
          run: (context) => runGroup({ ...context, content, cases }),
        },
      ]
    : []
}

function runGroup({ heddle, report, content, cases }) {
  for (const c of cases) {
    const name = `${content.group}/${c.name}`
    const outputs = ['encode', 'encode_plain', 'text', 'text_skip'].filter((key) => key in c)
    const others = Object.keys(c).filter(
      (key) => !['name', 'tokenizer', 'added', 'size', 'input', 'texts', ...outputs].includes(key),
    )
    for (const output of others)
      report.skip(`${name}/${output}`, `tokenizer output ${output} is not supported yet`)
    if (
      !c.tokenizer ||
      content.group === 'legacy' ||
      content.group === 'truncation_padding' ||
      'added' in c
    ) {
      for (const output of outputs)
        report.skip(`${name}/${output}`, `${content.group} is not supported yet`)
      continue
    }
    let tokenizer
    try {
      tokenizer = heddle.createTokenizer(c.tokenizer)
    } catch (error) {
      for (const output of outputs) {
        if (unsupported(error)) report.skip(`${name}/${output}`, 'component is not supported yet')
        else report.fail(`${name}/${output}`, error.message)
      }
      continue
    }
    const strings = c.texts ?? content.strings
    const records = (list, options) =>
      all(strings, (t, i) => {
        const want = list[i]
        if (want === undefined || want.panic) return undefined
        if (want.error) return refuses(() => tokenizer.encode(t, options))
        return safely(() => sameIds(tokenizer.encode(t, options), want.ids))
      })
    for (const output of outputs) {
      const compare = {
        encode: () => records(c.encode, {}),
        encode_plain: () => records(c.encode_plain, { addSpecialTokens: false }),
        text: () => decoded(tokenizer, c, c.text, false),
        text_skip: () => decoded(tokenizer, c, c.text_skip, true),
      }[output]
      report.check(`${name}/${output}`, compare())
    }
  }
}

function decoded(tokenizer, c, want, skipSpecialTokens) {
  const ids = c.ids ?? c.encode.map((record) => record.ids)
  return all(want, (text, i) =>
    safely(() =>
      sameText(
        tokenizer.decode(ids[i], { skipSpecialTokens, cleanUpTokenizationSpaces: false }),
        text,
      ),
    ),
  )
}

function refuses(fn) {
  try {
    fn()
    return 'was accepted, expected a refusal'
  } catch {
    return undefined
  }
}

const skipping = (name, outputs, why) => ({
  kind: 'tokenizer',
  name,
  run: ({ report }) => {
    for (const output of outputs) report.skip(`${name}/${output}`, why)
  },
})
