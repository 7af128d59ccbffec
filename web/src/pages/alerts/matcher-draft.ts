import type { AlertMatcherJson, LabelSetJson } from '../../../../src/contract/alertmanager.ts'
import { formatAlertMatcher } from '../../../../src/lang/alert-matchers/print.ts'

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

const MATCHER =
  /^\s*("(?:[^"\\]|\\.)*"|[^\s"{}=!~,]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s",{}]+)?\s*(?:,|$|(?=\s))/

/** The matchers of a text, `{a="b", c=~"d"}` or `a=b c=d`, and what of it could not be read. */
export function readMatchers(text: string): {
  readonly matchers: readonly MatcherDraft[]
  readonly rest: string
} {
  const matchers: MatcherDraft[] = []
  let rest = text.trim().replace(/^\{(.*)\}$/s, '$1')
  for (let read = MATCHER.exec(rest); read !== null; read = MATCHER.exec(rest)) {
    const [whole, name = '', op, value = ''] = read
    matchers.push({
      name: unquote(name),
      op: MATCH_OPS.find((each) => each === op) ?? '=',
      value: unquote(value),
    })
    rest = rest.slice(whole.length)
  }
  return { matchers, rest: rest.trim() }
}

/** Each as a parameter of its own; what cannot be read goes along as it is, for the server to say what is wrong with it. */
export function matcherParams(text: string): readonly string[] {
  const { matchers, rest } = readMatchers(text)
  return [...matchers.map(formatAlertMatcher), ...(rest === '' ? [] : [rest])]
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text
  try {
    return String(JSON.parse(text))
  } catch {
    return text.slice(1, -1)
  }
}
