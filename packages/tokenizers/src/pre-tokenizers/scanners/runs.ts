// What the patterns of byte-level tokenizers have in common.
import { SPACE, classAt, skipClass } from './unicode-classes.ts'

/** `\s+(?!\S)|\s+` from a white-space character on: all of a run but the last, which begins the next word. */
export function scanSpaces(text: string, start: number, end: number): number {
  const runEnd = skipClass(text, start + 1, end, SPACE)
  return runEnd < end && runEnd - start > 1 ? runEnd - 1 : runEnd
}

/** `\s*[\r\n]+|\s+(?!\S)|\s+`: a run up to its last line end, else as `scanSpaces`. */
export function scanLines(text: string, start: number, end: number): number {
  const runEnd = skipClass(text, start + 1, end, SPACE)
  for (let at = runEnd; at > start; at--) if (isLineEnd(text.charCodeAt(at - 1))) return at
  return runEnd < end && runEnd - start > 1 ? runEnd - 1 : runEnd
}

/** True for CR and LF. */
export function isLineEnd(unit: number): boolean {
  return unit === 10 || unit === 13
}

/** `'s|'t|'re|'ve|'m|'ll|'d` behind an apostrophe at `start`: where it ends, or -1. */
export function scanContraction(text: string, start: number, end: number): number {
  if (start + 1 >= end) return -1
  switch (text.charCodeAt(start + 1)) {
    case 0x73: // s
    case 0x74: // t
    case 0x6d: // m
    case 0x64: // d
      return start + 2
    case 0x72: // re
    case 0x76: // ve
      return start + 2 < end && text.charCodeAt(start + 2) === 0x65 ? start + 3 : -1
    case 0x6c: // ll
      return start + 2 < end && text.charCodeAt(start + 2) === 0x6c ? start + 3 : -1
  }
  return -1
}

/** As `scanContraction`, in any case; the long s is an s as well. */
export function scanAnyContraction(text: string, start: number, end: number): number {
  if (start + 1 >= end) return -1
  switch (text.charCodeAt(start + 1)) {
    case 0x73:
    case 0x53:
    case 0x17f:
    case 0x74:
    case 0x54:
    case 0x6d:
    case 0x4d:
    case 0x64:
    case 0x44:
      return start + 2
    case 0x72:
    case 0x52:
    case 0x76:
    case 0x56:
      return start + 2 < end && (text.charCodeAt(start + 2) | 32) === 0x65 ? start + 3 : -1
    case 0x6c:
    case 0x4c:
      return start + 2 < end && (text.charCodeAt(start + 2) | 32) === 0x6c ? start + 3 : -1
  }
  return -1
}

/** `\p{..}{1,most}` of one class, from a character of the class on. */
export function scanFew(
  text: string,
  start: number,
  end: number,
  mask: number,
  most: number,
): number {
  let at = start
  for (let i = 0; i < most && at < end && (classAt(text, at, end) & mask) !== 0; i++) {
    at += (text.charCodeAt(at) & 0xfc00) === 0xd800 ? 2 : 1
  }
  return at
}
