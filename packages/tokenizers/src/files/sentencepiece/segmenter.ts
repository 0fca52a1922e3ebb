/** Takes the segments of a piece in order; `id` is -1 where the vocabulary has none. Places are UTF-16 units of the text. */
export type SegmentSink = (id: number, start: number, end: number) => void

/** Cuts [start, end) of a normalized text into pieces, as one of SentencePiece's four algorithms does. */
export type Segmenter = (text: string, start: number, end: number, sink: SegmentSink) => void
