import type { Matcher } from '../../model/matcher.ts'
import { readClassicMatcher, readClassicMatchers } from './parse-classic.ts'
import { readUtf8Matchers } from './parse-utf8.ts'
import { formatAlertMatcher } from './print.ts'
import { MatcherSyntaxError } from './syntax-error.ts'

/** Matchers that were read, or why they could not be: worded as the original, with columns where the newer grammar has them. */
export type ParsedMatchers =
  | {
      readonly ok: true
      readonly matchers: readonly Matcher[]
      /** What a person should change although it was understood: the two grammars read it differently, or only one does. */
      readonly warning?: string
    }
  | { readonly ok: false; readonly message: string }

/** `fallback` is what Alertmanager does unless told otherwise: the newer grammar, the older one where only that one reads it. */
export type MatcherMode = 'fallback' | 'utf8' | 'classic'

/** Longer texts are refused: nobody writes them, and the API takes them from outside. */
const MAX_LENGTH = 64 * 1024

/** Reads zero or more matchers: `foo="bar"`, `{a=b,c!~"d"}`, `{"häuser"="3"}`. */
export function parseAlertMatchers(input: string, mode: MatcherMode = 'fallback'): ParsedMatchers {
  return parseWith(input, mode, readUtf8Matchers, readClassicMatchers)
}

/** Reads exactly one matcher, without braces around it (matcher/compat/parse.go). */
export function parseAlertMatcher(input: string, mode: MatcherMode = 'fallback'): ParsedMatchers {
  if (mode !== 'classic' && (input.startsWith('{') || input.endsWith('}'))) {
    return { ok: false, message: `unexpected open or close brace: ${input}` }
  }
  return parseWith(input, mode, readOneUtf8, (text) => [readClassicMatcher(text)])
}

/** Whether a name of a label can be matched, grouped by and compared in this grammar: any text but the empty one. */
export function isAlertLabelName(name: string): boolean {
  return name !== ''
}

/** One matcher of the newer grammar, which may have braces around it. */
export function readOneUtf8(input: string): Matcher[] {
  const matchers = readUtf8Matchers(input)
  if (matchers.length === 1) return matchers
  throw new MatcherSyntaxError(
    matchers.length === 0 ? 'no matchers' : `expected 1 matcher, found ${matchers.length}`,
  )
}

type Read = (input: string) => Matcher[]

function parseWith(input: string, mode: MatcherMode, utf8: Read, classic: Read): ParsedMatchers {
  if (input.length > MAX_LENGTH) {
    return { ok: false, message: `matchers have ${input.length} characters, at most ${MAX_LENGTH}` }
  }
  if (mode !== 'fallback') return attempt(mode === 'utf8' ? utf8 : classic, input)
  const newer = attempt(utf8, input)
  const older = attempt(classic, input)
  if (!newer.ok) {
    if (!older.ok) return older
    const suggestion = older.matchers.map(formatAlertMatcher).join(',')
    const warning = `read by the older grammar of matchers only (${newer.message}); write ${suggestion}`
    return { ...older, warning }
  }
  if (!older.ok || isSame(newer.matchers, older.matchers)) return newer
  const shown = older.matchers.map(formatAlertMatcher).join(',')
  const warning = `the two grammars of matchers read this differently; it is taken as ${shown}`
  return { ...older, warning }
}

function attempt(read: Read, input: string): ParsedMatchers {
  try {
    return { ok: true, matchers: read(input) }
  } catch (thrown) {
    if (!(thrown instanceof MatcherSyntaxError)) throw thrown
    return { ok: false, message: thrown.message }
  }
}

function isSame(a: readonly Matcher[], b: readonly Matcher[]): boolean {
  const key = (matchers: readonly Matcher[]): string =>
    JSON.stringify(matchers.map(({ name, op, value }) => [name, op, value]))
  return key(a) === key(b)
}
