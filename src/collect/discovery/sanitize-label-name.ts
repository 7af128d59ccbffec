/** A name that another system gives, as a part of a label's name (Prometheus, strutil.SanitizeLabelName). */
export function sanitizeLabelName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/gu, '_')
}

/** Labels of another system under names that labels may have, each behind the prefix. */
export function prefixedLabels(
  prefix: string,
  labels: Readonly<Record<string, string>>,
): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [name, value] of Object.entries(labels)) out[prefix + sanitizeLabelName(name)] = value
  return out
}
