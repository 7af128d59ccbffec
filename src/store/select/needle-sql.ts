import type { MetadataNeedle, Needle } from '../lines-source.ts'
import { literal } from './sql-literal.ts'

/** Shorter parts of a text that is matched in both cases tell too little. */
const LEAST_FOLDED = 3
const REPLACEMENT = '\ufffd'

/**
 * What a search asks of column `body` before it looks at anything else of a line: as `needleCondition`, but whole words are looked for in
 * their index alone, since a line that holds the text holds them.
 */
export function searchCondition(needle: Needle): string | undefined {
  return conditionOf(needle, (words) => `indexHint(${words})`)
}

/**
 * The condition that a needle puts on column `body`; undefined when the engine cannot decide it. Texts are written in hexadecimal,
 * so whatever is in them stays text. Whole words inside a text are asked for by themselves, too: those the token index can rule out.
 */
export function needleCondition(needle: Needle): string | undefined {
  return conditionOf(needle, (words) => words)
}

function conditionOf(needle: Needle, ofWords: (condition: string) => string): string | undefined {
  const conditions: string[] = []
  for (const text of needle.anyOf) {
    // Bytes that are no UTF-8 look like this to who compares texts, and like themselves to the engine.
    if (text === '' || text.includes(REPLACEMENT)) return undefined
    const condition = needle.ignoresCase === true ? holdsFolded(text) : holds(text, ofWords)
    if (condition === undefined) return undefined
    conditions.push(condition)
  }
  if (conditions.length === 0) return undefined
  const any = conditions.length === 1 ? (conditions[0] as string) : `(${conditions.join(' OR ')})`
  if (needle.isAbsent !== true) return any
  if (needle.ignoresCase === true) return undefined
  return needle.anyOf.map((text) => `position(body, ${literal(text)}) = 0`).join(' AND ')
}

/**
 * The condition that column `meta` has a value, of which the index of its values can rule out most granules; undefined when the engine
 * cannot decide it.
 */
export function metadataCondition({ name, value }: MetadataNeedle): string | undefined {
  if (value === '' || `${name}${value}`.includes(REPLACEMENT)) return undefined
  return `(has(mapValues(meta), ${literal(value)}) AND meta[${literal(name)}] = ${literal(value)})`
}

function holds(text: string, ofWords: (condition: string) => string): string {
  const words = innerWords(text).map((word) => `hasToken(body, ${literal(word)})`)
  const byIndex = words.length === 0 ? [] : [ofWords(words.join(' AND '))]
  return `(${[...byIndex, `position(body, ${literal(text)}) > 0`].join(' AND ')})`
}

/** RE2 folds more than ASCII: K and S have a third form each, and other letters several. What is between those is looked for. */
function holdsFolded(text: string): string | undefined {
  const parts = text.split(/[ksKS]|[^\x20-\x7e]/)
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), '')
  if (longest.length < LEAST_FOLDED) return undefined
  return `positionCaseInsensitive(body, ${literal(longest)}) > 0`
}

/**
 * Words with a separator on both sides: in a line that holds the text they stand alone. Letters beyond ASCII belong to words
 * (tokenbf_v1 of ClickHouse: tokens are divided by ASCII characters that are neither letters nor digits).
 */
export function innerWords(text: string): string[] {
  // oxfmt-ignore
  const found = text.matchAll(/[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]([0-9A-Za-z\x80-\uffff]+)(?=[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f])/g)
  return [...new Set(Array.from(found, (match) => match[1] as string))]
}
