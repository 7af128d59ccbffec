import { literal } from './sql-literal.ts'

const BLANK = String.raw`[\x00-\x20]`
const SIGN = String.raw`[!#-/:-<>-@\[-\x60{-~]`
/** Keys of visible ASCII signs, none of which is a quote, and that do not make a label that begins with `__`. */
const KEY = `(?:(?:[A-Za-z0-9]|${SIGN}[A-Za-z0-9])[!#-<>-~]*|${SIGN})`
/** Keys that are names of labels as they are. */
const PLAIN_KEY = '(?:[A-Za-z]|_[A-Za-z0-9])[A-Za-z0-9_]*'
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`
const BARE = String.raw`[^\x00-\x20"=]*`
const VALUE = `(?:${QUOTED}|${BARE})`

/**
 * The conditions that a line is pairs such as `key=value`, `key="quoted value"` and `key`, of which a search for `name=` finds what a
 * parser would: keys without signs that make another one's label, each of these names once and not inside quotes.
 */
export function logfmtConditions(names: readonly string[]): string[] {
  if (names.length === 0) return []
  const key = names.some((name) => name.includes('_')) ? PLAIN_KEY : KEY
  const pair = `${key}(?:=${VALUE})?`
  return [
    ...names.map((name) => {
      const wanted = literal(`${name}=`)
      const found = `position(body, ${wanted})`
      return `(${found} = 0 OR (countSubstrings(body, ${wanted}) = 1 AND ${isOutsideQuotes(found)}))`
    }),
    `match(body, ${literal(`^(?s:${BLANK}*(?:${pair}(?:${BLANK}+|$))*)$`)})`,
  ]
}

/** Whether as many quotes open as close before a place; a line with two backslashes in a row is for who reads it. */
function isOutsideQuotes(place: string): string {
  const before = `substring(body, 1, ${place})`
  const quotes = `countSubstrings(${before}, ${literal('"')}) - countSubstrings(${before}, ${literal('\\"')})`
  return `(${quotes}) % 2 = 0 AND position(body, ${literal('\\\\')}) = 0`
}

/** The value of a pair as it was written, with its quotes; '' when there is none. */
export function rawPair(name: string): string {
  return `extract(body, ${literal(`(?s:(?:^|${BLANK})${name}=(${QUOTED}|${BARE}))`)})`
}
