import type { Labels } from '../../model/labels.ts'

const UNKNOWN = 'unknown'

/** Labels that hold a level, in the order of Loki's `log_level_fields`. */
const LEVEL_LABELS = [
  ...['detected_level', 'level', 'LEVEL', 'Level', 'severity', 'SEVERITY', 'Severity'],
  ...['severity_text', 'lvl', 'LVL', 'Lvl'],
]

/** What levels are called, by the name that Loki has for them. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...['trace', 'trc'].map((name) => [name, 'trace'] as const),
  ...['debug', 'dbg'].map((name) => [name, 'debug'] as const),
  ...['info', 'inf', 'information', 'notice'].map((name) => [name, 'info'] as const),
  ...['warn', 'wrn', 'warning'].map((name) => [name, 'warn'] as const),
  ...['error', 'err', 'eror'].map((name) => [name, 'error'] as const),
  ...['critical', 'crit'].map((name) => [name, 'critical'] as const),
  ...['fatal', 'panic', 'emerg', 'alert'].map((name) => [name, 'fatal'] as const),
])

/** So far into a line a level is looked for. */
const LOOKED_AT = 300

/** `level=warn`, `"level":"warn"` and their like. */
const LEVEL_FIELD = /\b(?:level|severity|lvl)"?\s*[=:]\s*"?([a-z]{3,11})\b/i
/** A word that stands as a level does: in capitals, or in brackets. */
const LEVEL_WORD =
  /\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|\[(trace|debug|info|notice|warn|warning|error|crit|alert|emerg)\]/

/** The level of a line, in Loki's words: by its labels, or else by what its text says of itself. */
export function levelOfLine(text: string, stream: Labels, metadata: Labels): string {
  for (const label of LEVEL_LABELS) {
    const value = metadata.get(label) || stream.get(label)
    if (value !== '') return NAMES.get(value.toLowerCase()) ?? UNKNOWN
  }
  const begin = text.slice(0, LOOKED_AT)
  const field = LEVEL_FIELD.exec(begin)?.[1]
  const named = field === undefined ? undefined : NAMES.get(field.toLowerCase())
  if (named !== undefined) return named
  const word = LEVEL_WORD.exec(begin)
  return NAMES.get((word?.[1] ?? word?.[2] ?? '').toLowerCase()) ?? UNKNOWN
}
