import type { AlertMatcherJson, LabelSetJson } from '../../../../src/contract/alertmanager.ts'

export const MATCH_OPS = ['=', '!=', '=~', '!~'] as const

/** A matcher as a person writes it, right or wrong. */
export interface MatcherDraft {
  readonly name: string
  readonly op: (typeof MATCH_OPS)[number]
  readonly value: string
}

export function toJson({ name, op, value }: MatcherDraft): AlertMatcherJson {
  return { name, value, isEqual: op === '=' || op === '=~', isRegex: op === '=~' || op === '!~' }
}

export function fromJson({ name, value, isEqual, isRegex }: AlertMatcherJson): MatcherDraft {
  const op = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!='
  return { name, op, value }
}

/** The matchers that exactly these labels pass, the name of the alert first. */
export function matchersOf(labels: LabelSetJson): readonly MatcherDraft[] {
  return sortedLabels(labels).map(([name, value]) => ({ name, op: '=', value }))
}

/** Pairs by name, `alertname` before all. */
export function sortedLabels(labels: LabelSetJson): readonly (readonly [string, string])[] {
  return Object.entries(labels).sort(([a], [b]) => {
    if (a === 'alertname' || b === 'alertname') return a === 'alertname' ? -1 : 1
    return a < b ? -1 : 1
  })
}
