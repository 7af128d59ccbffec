import type { RelabelConfig } from '../../ingest/relabel.ts'
import { pick } from '../../yaml/plain.ts'
import type { PlainRecord } from '../../yaml/section.ts'

export function printRelabel(rules: readonly RelabelConfig[]): readonly PlainRecord[] {
  return rules.map((rule) => ({
    ...pick({ source_labels: rule.sourceLabels }),
    separator: rule.separator,
    ...(rule.regex === '(.*)' ? {} : { regex: rule.regex }),
    ...pick({
      modulus: rule.modulus === 0n ? undefined : rule.modulus,
      target_label: rule.targetLabel,
    }),
    replacement: rule.replacement,
    action: rule.action,
  }))
}
