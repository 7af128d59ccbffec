/** Labels and metadata that say how bad a line is, the first that is there counts: Loki's `log_level_fields`. */
const LEVEL_FIELDS = [
  ...['level', 'LEVEL', 'Level', 'log.level', 'severity', 'SEVERITY', 'Severity', 'SeverityText'],
  ...['lvl', 'LVL', 'Lvl', 'severity_text', 'Severity_Text', 'SEVERITY_TEXT'],
]

const NORMAL: ReadonlyMap<string, string> = new Map([
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

/**
 * The value of `detected_level` by Loki's rules (pkg/distributor/field_detection.go), as far as they look at labels and structured
 * metadata: a label, then metadata, then the severity number. Undefined when none of them says anything.
 */
export function detectLevel(
  label: (name: string) => string | undefined,
  metadata: (name: string) => string | undefined,
): string | undefined {
  const found = firstOf(label) ?? firstOf(metadata)
  if (found !== undefined) return normalLevel(found)
  const severity = metadata('severity_number')
  if (severity === undefined) return undefined
  const number = Number(severity)
  if (!(number >= 1 && number <= 24)) return 'unknown'
  return BY_NUMBER[Math.floor((number - 1) / 4)]
}

function firstOf(value: (name: string) => string | undefined): string | undefined {
  for (const name of LEVEL_FIELDS) {
    const found = value(name)
    if (found !== undefined && found !== '') return found
  }
  return undefined
}

/** `WARNING` is `warn`; what is no known level stays as it is. */
export function normalLevel(level: string): string {
  return NORMAL.get(level.toLowerCase()) ?? level
}
