import { blankNonCode, findComments } from './scan-source.ts'

/** Ways out of the type checker and the linter. Each has its uses; there must never be more of them than yesterday. */
export interface Escapes {
  any: number
  /**
   * `x as T`. Not counted: `as const`, renames, and `xs[i] as T`, the way to read an element inside a loop that has
   * checked the bounds, where `noUncheckedIndexedAccess` cannot see it.
   */
  casts: number
  /** Comments that switch a rule or the compiler off for a line or a file. */
  suppressions: number
}

/** `any` where a type can stand; a variable of that name is none. */
const anyType =
  /[:<|&]\s*any\b(?!\s*\()|,\s*any\s*>|\bas\s+any\b|\btype\s+\w+\s*=\s*any\b|\bany\[\]/g
const cast = /[\w$)}'"`>]\s+as\s+(?!const\b)(?=[\w$({[<'"`])/g
const renames =
  /\b(?:import|export)\b(?:\s+type)?\s*(?:[\w$]+\s*,\s*)?(?:\{[^}]*\}|\*\s+as\s+[\w$]+)/g
const suppression =
  /(?:oxlint|eslint|biome)-(?:disable|ignore)|@ts-(?:ignore|expect-error|nocheck)/g

/** Counts the escapes in one source text. */
export function countEscapes(source: string): Escapes {
  const code = blankNonCode(source).replaceAll(renames, '')
  return {
    any: countMatches(code, anyType),
    casts: countMatches(code, cast),
    suppressions: countMatches(findComments(source).join('\n'), suppression),
  }
}

function countMatches(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

/** Counts by group of files, as stored in `test/ratchet.json`. */
export type EscapeCounts = Readonly<Record<string, Escapes>>

/** Says in which group which count differs from the stored one. */
export function compareEscapes(
  stored: EscapeCounts,
  counted: EscapeCounts,
): { risen: string[]; fallen: string[] } {
  const risen: string[] = []
  const fallen: string[] = []
  for (const [group, counts] of Object.entries(counted)) {
    for (const key of ['any', 'casts', 'suppressions'] as const) {
      const before = stored[group]?.[key] ?? 0
      const now = counts[key]
      if (now > before) risen.push(`${group}: ${key} rose from ${before} to ${now}`)
      if (now < before) fallen.push(`${group}: ${key} fell from ${before} to ${now}`)
    }
  }
  return { risen, fallen }
}
