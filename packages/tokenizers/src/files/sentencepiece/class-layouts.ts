// Some classes of Transformers number the pieces of a file anew, or lay tokens around a text.
import { TokenizerError } from '../../errors.ts'
import { boolField, countField, field, type JsonObject } from '../../json.ts'
import { pieceKind, type ModelFile } from './model-file.ts'

/** What a class makes of a SentencePiece file. */
export interface Layout {
  readonly pieces: ModelFile['pieces']
  /** Normalizers that run before the file's own. */
  readonly normalizers: readonly JsonObject[]
  /** Tokens around one text and around a pair, as in a template post-processor; undefined for none. */
  readonly template:
    | { readonly single: readonly string[]; readonly pair: readonly string[] }
    | undefined
  /** Settings of tokenizer_config.json where it does not say. */
  readonly config: JsonObject
}

const where = 'tokenizer_config.json'
const plain = (pieces: ModelFile['pieces'], config: JsonObject = {}): Layout => ({
  pieces,
  normalizers: [],
  template: undefined,
  config,
})

type Arrange = (file: ModelFile, config: JsonObject) => Layout

const withBos: Arrange = (file) => plain(file.pieces, { add_bos_token: true })

const t5: Arrange = (file, config) => {
  const extra = countField(config, 'extra_ids', where, { fallback: 100 })
  if (extra > 10_000) {
    throw new TokenizerError(
      'ERR_TOKENIZER_LIMIT',
      `${where}: extra_ids may be 10000 at most; got ${extra}.`,
    )
  }
  const known = new Set(file.pieces.map(([piece]) => piece))
  const extras = Array.from({ length: extra }, (_, i) => `<extra_id_${extra - 1 - i}>`)
    .filter((name) => !known.has(name))
    .map((name) => [name, 0, pieceKind.control] as const)
  return {
    ...plain([...file.pieces, ...extras], { pad_token: '<pad>' }),
    template: { single: ['A', '</s>'], pair: ['A', '</s>', 'B', '</s>'] },
  }
}

const albert: Arrange = (file, config) => {
  const quote = (content: string) => ({
    type: 'Replace',
    pattern: { String: content },
    content: '"',
  })
  const normalizers: JsonObject[] = [quote('``'), quote("''")]
  if (!boolField(config, 'keep_accents', where, false))
    normalizers.push({ type: 'NFKD' }, { type: 'StripAccents' })
  if (boolField(config, 'do_lower_case', where, true)) normalizers.push({ type: 'Lowercase' })
  return {
    pieces: file.pieces,
    normalizers,
    template: {
      single: ['[CLS]', 'A', '[SEP]'],
      pair: ['[CLS]', 'A', '[SEP]', 'B:1', '[SEP]:1'],
    },
    config: {
      bos_token: '[CLS]',
      eos_token: '[SEP]',
      cls_token: '[CLS]',
      sep_token: '[SEP]',
      mask_token: '[MASK]',
    },
  }
}

// fairseq numbers its own four tokens first, and has a mask behind the others.
const xlmRoberta: Arrange = (file) => {
  const control = (name: string) => [name, 0, pieceKind.control] as const
  const [unknown] = file.pieces.filter(([, , kind]) => kind === pieceKind.unknown)
  const own = new Set(['<s>', '<pad>', '</s>', unknown?.[0]])
  return {
    pieces: [
      control('<s>'),
      control('<pad>'),
      control('</s>'),
      ...(unknown ? [unknown] : []),
      ...file.pieces.filter(([piece]) => !own.has(piece)),
      control('<mask>'),
    ],
    normalizers: [],
    template: { single: ['<s>', 'A', '</s>'], pair: ['<s>', 'A', '</s>', '</s>', 'B', '</s>'] },
    config: { cls_token: '<s>', sep_token: '</s>', pad_token: '<pad>', mask_token: '<mask>' },
  }
}

const layouts = new Map<string, Arrange>([
  ['Llama', withBos],
  ['CodeLlama', withBos],
  ['Gemma', withBos],
  ['Phi3', withBos],
  ['T5', t5],
  ['Albert', albert],
  ['XLMRoberta', xlmRoberta],
])

// Classes with an order of ids or a template of their own that is not here; plain ids would be wrong.
const others = new Set(
  (
    'BartphoTokenizer BarthezTokenizer BertGenerationTokenizer BigBirdTokenizer CamembertTokenizer CpmTokenizer ' +
    'DebertaV2Tokenizer ErnieMTokenizer FNetTokenizer LayoutXLMTokenizer M2M100Tokenizer MBartTokenizer ' +
    'MBart50Tokenizer MLukeTokenizer MarianTokenizer NllbTokenizer PegasusTokenizer PLBartTokenizer ' +
    'ReformerTokenizer RemBertTokenizer SeamlessM4TTokenizer Speech2TextTokenizer SpeechT5Tokenizer ' +
    'UdopTokenizer XGLMTokenizer XLMProphetNetTokenizer XLNetTokenizer'
  )
    .split(' ')
    .map((name) => name.replace('Tokenizer', '')),
)

/** The layout of the class that tokenizer_config.json names; the file as it is when it names none. */
export function layoutOf(file: ModelFile, config: JsonObject): Layout {
  const name = String(field(config, 'tokenizer_class') ?? '').replace(/Tokenizer(Fast)?$/, '')
  if (others.has(name)) {
    throw new TokenizerError(
      'ERR_TOKENIZER_UNSUPPORTED',
      `${where}: a SentencePiece file for ${name}Tokenizer is not supported yet. Save the tokenizer once with ` +
        `Transformers' save_pretrained(), which writes tokenizer.json.`,
      { details: { tokenizerClass: name } },
    )
  }
  return layouts.get(name)?.(file, config) ?? plain(file.pieces)
}
