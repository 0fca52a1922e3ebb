/**
 * A pattern written as code: where the match that begins at `start` ends, or -1 when none does. It sees the stretch up
 * to `end` alone, and no match is empty.
 */
export type Scanner = (text: string, start: number, end: number) => number
