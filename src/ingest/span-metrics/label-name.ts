/** Labels that a dimension of this name would take the place of. */
const TAKEN: ReadonlySet<string> = new Set([
  ...['service', 'span_name', 'span_kind', 'status_code', 'status_message'],
])
const TAKEN_IN_TARGET_INFO: ReadonlySet<string> = new Set([...TAKEN, 'job', 'instance'])

/** Everything but letters, digits and `_` becomes `_` (SanitizeLabelName of Prometheus's strutil). */
export function sanitizeLabel(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/gu, '_')
}

/** As Tempo names the label of a dimension: one that would stand for a label of its own is put behind `__`. */
export function dimensionLabel(name: string): string {
  const label = sanitizeLabel(name)
  return TAKEN.has(label) ? `__${label}` : label
}

/** As `dimensionLabel`, of the metric that holds the attributes of a resource. */
export function targetInfoLabel(name: string): string {
  const label = sanitizeLabel(name)
  return TAKEN_IN_TARGET_INFO.has(label) ? `__${label}` : label
}

/** As the collector's exporters name the label of an attribute: it never begins with a digit or a single `_`. */
export function attributeLabel(name: string): string {
  const label = sanitizeLabel(name)
  if (/^[0-9]/.test(label)) return `key_${label}`
  return label.startsWith('_') && !label.startsWith('__') ? `key${label}` : label
}
