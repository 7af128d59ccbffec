import { levelOfSeverity, LOG_LEVEL_FIELDS, normalLogLevel } from '../../model/log-level.ts'

/**
 * The value of `detected_level` by Loki's rules (pkg/distributor/field_detection.go), as far as they look at labels and structured
 * metadata: a label, then metadata, then the severity number. Undefined when none of them says anything.
 */
export function detectLevel(
  label: (name: string) => string | undefined,
  metadata: (name: string) => string | undefined,
): string | undefined {
  const found = firstOf(label) ?? firstOf(metadata)
  if (found !== undefined) return normalLogLevel(found)
  const severity = metadata('severity_number')
  return severity === undefined ? undefined : levelOfSeverity(severity)
}

function firstOf(value: (name: string) => string | undefined): string | undefined {
  for (const name of LOG_LEVEL_FIELDS) {
    const found = value(name)
    if (found !== undefined && found !== '') return found
  }
  return undefined
}
