import type {
  GettableAlertJson,
  GettableSilenceJson,
} from '../../../../src/contract/alertmanager.ts'
import { formatAlertMatcher } from '../../../../src/lang/alert-matchers/print.ts'
import { fromJson } from './matcher-draft.ts'
import type { SilenceDraft } from './silence-form.tsx'

/** Whether every word of a text stands in what a silence says. */
export function isLike(silence: GettableSilenceJson, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const { id, matchers, createdBy, comment } = silence
  const all = [id, createdBy, comment, ...matchers.map((one) => formatAlertMatcher(fromJson(one)))]
  const told = all.join('\n').toLowerCase()
  return words.every((word) => told.includes(word))
}

/** How many alerts that fire it keeps quiet. */
export function countHidden(
  { id }: GettableSilenceJson,
  alerts: readonly GettableAlertJson[],
): number {
  return alerts.filter(({ status }) => status.silencedBy.includes(id)).length
}

/** One that is over cannot be changed: its like begins anew. */
export function draftOf(silence: GettableSilenceJson): SilenceDraft {
  const { id, status, matchers, comment, startsAt, endsAt } = silence
  const copied = { matchers: matchers.map(fromJson), comment }
  if (status.state === 'expired') return { id: '', ...copied }
  return { id, ...copied, span: { startsAtMs: Date.parse(startsAt), endsAtMs: Date.parse(endsAt) } }
}
