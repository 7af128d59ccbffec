import type { PatternPiece } from '../lines-source.ts'
import { literal } from './sql-literal.ts'

const REPLACEMENT = '\ufffd'

/** Any text is told apart that is whole, and without the character that stands for what is not. */
export function textConditionsOf(names: readonly string[]): string[] {
  if (names.length === 0) return []
  return ['isValidUTF8(body)', `position(body, ${literal(REPLACEMENT)}) = 0`]
}

/**
 * What a capture of a pattern takes, behind a quote; '' where the line ends before it. A capture goes up to the next text of the pattern,
 * or where that does not come, to the end; a text that the pattern begins with must begin the line.
 */
export function rawCapture(pieces: readonly PatternPiece[], name: string): string {
  let from = '1'
  let isThere = 'notEmpty(body)'
  for (const [i, piece] of pieces.entries()) {
    if ('literal' in piece) {
      const length = Buffer.byteLength(piece.literal)
      const text = literal(piece.literal)
      if (i === 0) {
        isThere = `startsWith(body, ${text})`
        from = String(length + 1)
        continue
      }
      const place = `position(body, ${text}, toUInt64(${from}))`
      isThere = `${isThere} AND ${place} > 0`
      from = `${place} + ${length}`
    } else if (piece.capture === name) {
      const next = pieces[i + 1]
      const rest = `substring(body, ${from})`
      if (next === undefined || !('literal' in next)) return captured(isThere, rest)
      const end = `position(body, ${literal(next.literal)}, toUInt64(${from}))`
      return captured(
        isThere,
        `if(${end} = 0, ${rest}, substring(body, ${from}, ${end} - (${from})))`,
      )
    }
  }
  return "''"
}

/** What a group of a regular expression takes, behind a quote; '' where nothing fits the expression. */
export function rawGroup(source: string, group: number | undefined): string {
  if (group === undefined) return "''"
  const groups = `extractGroups(body, ${literal(`(?-s:${source})`)})`
  return captured(`notEmpty(${groups})`, `${groups}[${group}]`)
}

function captured(isThere: string, value: string): string {
  return `if(${isThere}, concat('"', ${value}), '')`
}
