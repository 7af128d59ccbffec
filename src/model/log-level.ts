/** Labels and fields that say how bad a line is, the first that is there counts: Loki's `log_level_fields`. */
export const LOG_LEVEL_FIELDS: readonly string[] = [
  ...['level', 'LEVEL', 'Level', 'log.level', 'severity', 'SEVERITY', 'Severity', 'SeverityText'],
  ...['lvl', 'LVL', 'Lvl', 'severity_text', 'Severity_Text', 'SEVERITY_TEXT'],
]

/** The structured metadata that holds the level of a line. */
export const DETECTED_LEVEL = 'detected_level'

/** How levels are written, and what Loki calls them (pkg/distributor/field_detection.go). */
export const LOG_LEVELS: ReadonlyMap<string, string> = new Map([
  ...(['trace', 'debug', 'info', 'warn', 'error', 'critical', 'fatal'] as const).map(
    (level) => [level, level] as const,
  ),
  ['trc', 'trace'],
  ['dbg', 'debug'],
  ['inf', 'info'],
  ['information', 'info'],
  ['wrn', 'warn'],
  ['warning', 'warn'],
  ['err', 'error'],
])

/** By severity number of OpenTelemetry, four each. */
const BY_NUMBER = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

/** `WARNING` is `warn`; what is no known level stays as it is. */
export function normalLogLevel(level: string): string {
  return LOG_LEVELS.get(level.toLowerCase()) ?? level
}

/** The level of a severity number of OpenTelemetry, as Loki reads the text of one. */
export function levelOfSeverity(severity: string): string {
  if (!/^[+-]?[0-9]+$/.test(severity)) return 'info'
  const number = Number(severity)
  if (number === 0 || number > 24) return 'unknown'
  return BY_NUMBER[Math.max(0, Math.floor((number - 1) / 4))] ?? 'unknown'
}
