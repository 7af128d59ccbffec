import type { LabelSetJson } from '../../../../src/contract/alertmanager.ts'
import { parseAlertMatchers } from '../../../../src/lang/alert-matchers/parse.ts'

/** Whether labels pass matchers as Alertmanager writes them (`{a="b", c=~"d"}`); a text says what is wrong with them. */
export function passesMatchers(text: string): ((labels: LabelSetJson) => boolean) | string {
  if (text === '') return () => true
  const parsed = parseAlertMatchers(text)
  if (!parsed.ok) return parsed.message
  return (labels) => parsed.matchers.every((one) => one.matches(labels[one.name] ?? ''))
}
