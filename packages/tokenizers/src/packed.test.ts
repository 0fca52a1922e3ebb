// What a user gets from the registry: the package without this workspace, in Node and in a browser.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelBytes } from './files/sentencepiece/model-bytes.ts'
import { esbuild, installAlone } from './pack-for-test.ts'

let installed: ReturnType<typeof installAlone>
beforeAll(() => void (installed = installAlone()), 120_000)
afterAll(() => installed?.remove())

const tokenizerJson = {
  version: '1.0',
  added_tokens: [],
  normalizer: { type: 'NFC' },
  pre_tokenizer: {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  },
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries(
      [...'abcdefgh!\u0120\u00c3\u00a9', 'ab', '\u0120ab', 'cd'].map((token, id) => [token, id]),
    ),
    merges: [
      ['a', 'b'],
      ['\u0120', 'ab'],
      ['c', 'd'],
    ],
  },
}
const model = modelBytes({
  pieces: [
    ['\u2581', -9, 1],
    ['a', -9, 1],
    ['\u2581a', -1, 1],
  ],
})

/** Runs where no module of Node is; `tokenizers` is the package. */
const program = `
  const bpe = tokenizers.createTokenizer(${JSON.stringify(tokenizerJson)})
  const files = new Map([['tokenizer.model', Uint8Array.from([${model.join()}])]])
  const pieces = tokenizers.createTokenizer(tokenizers.readTokenizerFiles(files).tokenizer)
  let code
  try {
    tokenizers.createTokenizer({})
  } catch (error) {
    code = error.code
  }
  const result = {
    ids: bpe.encode('ab cd abe\\u0301!'),
    text: bpe.decode(bpe.encode('ab cd abe\\u0301!')),
    offsets: bpe.encoding('ab cd').offsets,
    pieces: pieces.encode('a a'),
    chat: tokenizers.renderTemplate('{% for m in messages %}{{ m.content }};{% endfor %}', {
      messages: [{ role: 'user', content: 'hi' }],
    }),
    code,
  }
`
const expected = {
  ids: [12, 9, 14, 13, 10, 11, 8],
  text: 'ab cd ab\u00e9!',
  offsets: [
    [0, 2],
    [2, 3],
    [3, 5],
  ],
  pieces: [5, 5],
  chat: 'hi;',
  code: 'ERR_TOKENIZER_FORMAT',
}

describe('the packed package', () => {
  it('holds no native code, no tests and nothing that runs when it is installed', () => {
    expect(
      installed.names.filter((name) => /\.(node|wasm|so|dylib|dll)$|\.test\./.test(name)),
    ).toEqual([])
    const path = join(installed.folder, 'node_modules/@heddle/tokenizers/package.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    const scripts = Object.keys(manifest.scripts ?? {})
    expect(scripts.filter((name) => /install|prepare/.test(name))).toEqual([])
    expect(
      Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@heddle')),
    ).toEqual([])
  })

  it('encodes in Node with nothing else installed', () => {
    const script = join(installed.folder, 'run.mjs')
    writeFileSync(
      script,
      `import * as tokenizers from '@heddle/tokenizers'\n${program}\nconsole.log(JSON.stringify(result))`,
    )
    const output = execFileSync(process.execPath, [script], { encoding: 'utf8' })
    expect(JSON.parse(output)).toEqual(expected)
  })

  const chromium = [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    process.env['CHROMIUM_PATH'] ?? '',
  ]
    .filter(Boolean)
    .find((path) => existsSync(path))

  it.skipIf(chromium === undefined)(
    'encodes in Chromium, bundled for browsers',
    async () => {
      const { outputFiles } = await esbuild.build({
        stdin: {
          contents: `import * as tokenizers from '@heddle/tokenizers'\n${program}
          document.body.textContent = JSON.stringify(result)`,
          resolveDir: installed.folder,
        },
        bundle: true,
        minify: true,
        platform: 'browser',
        format: 'iife',
        charset: 'ascii',
        write: false,
      })
      const page = join(installed.folder, 'page.html')
      writeFileSync(
        page,
        `<!doctype html><meta charset="utf-8"><body><script>${outputFiles[0]!.text}</script>`,
      )
      const flags =
        '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
        '--disable-component-update --disable-sync --dump-dom'
      const data = `--user-data-dir=${join(installed.folder, 'profile')}`
      const output = execFileSync(
        chromium!,
        [...flags.split(' '), data, pathToFileURL(page).href],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 60_000 },
      )
      const text = /<body>(.*?)<\/body>/s.exec(output)?.[1] ?? output
      expect(JSON.parse(text.trim())).toEqual(expected)
    },
    90_000,
  )
})
