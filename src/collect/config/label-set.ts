import { isValidLabelName, type NameValidation } from '../../ingest/relabel.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** A mapping of label names to values, as `labels:` of a target group; invalid names are reported. */
export function readLabelSet(
  node: YamlNode,
  validation: NameValidation,
): Readonly<Record<string, string>> {
  const out: [string, string][] = []
  for (const entry of node.asMap()?.entries() ?? []) {
    if (!isValidLabelName(entry.name, validation)) {
      entry.errorAtKey(`not a valid label name${nameRule(validation)}`)
    }
    const value = entry.asString()
    if (value !== undefined && /[\ud800-\udfff]/u.test(value)) entry.error('not valid UTF-8')
    out.push([entry.name, value ?? ''])
  }
  // fromEntries defines `__proto__` as a label like any other.
  return Object.fromEntries(out)
}

/** What a label may be called, for messages. */
export function nameRule(validation: NameValidation): string {
  return validation === 'legacy' ? ' under the legacy scheme: letters, digits and _' : ''
}
