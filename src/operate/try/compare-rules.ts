import type {
  AlertingRuleJson,
  AlertJson,
  LabelsJson,
  RuleGroupJson,
  RuleJson,
  RulesJson,
} from '../../contract/prometheus.ts'
import { parse } from '../../lang/promql/parse.ts'
import { print } from '../../lang/promql/print.ts'
import { showLabels } from './compare-series.ts'
import { compareQuery, showMs, type Sides } from './compare-query.ts'
import type { ComparisonDraft } from './difference.ts'
import { neededHistoryMs } from './needed-history.ts'

/** A rule of both. */
export interface RulePair {
  readonly place: string
  readonly there: RuleJson
  readonly here: RuleJson
  /** How often it is evaluated. */
  readonly intervalMs: number
}

/** Matches the rules of both by their groups and names; those of one only are noted. */
export function pairRules(
  there: RulesJson,
  here: RulesJson,
  draft: ComparisonDraft,
): readonly RulePair[] {
  const ours = new Map(here.groups.flatMap(placesOf).map(({ place, rule }) => [place, rule]))
  const pairs = there.groups.flatMap((group) =>
    placesOf(group).flatMap(({ place, rule }): RulePair[] => {
      const other = ours.get(place)
      ours.delete(place)
      if (other !== undefined)
        return [{ place, there: rule, here: other, intervalMs: group.interval * 1000 }]
      draft.differ('rules', place, 'it is only there')
      return []
    }),
  )
  for (const place of ours.keys()) draft.differ('rules', place, 'it is only here')
  return pairs
}

/** Rules that ship with this program have no counterpart. Several rules of a group may have one name. */
function placesOf(
  group: RuleGroupJson,
): readonly { readonly place: string; readonly rule: RuleJson }[] {
  if (group.file.startsWith('pack:')) return []
  const count = new Map<string, number>()
  return group.rules.map((rule) => {
    const name = `${group.name} / ${rule.name}`
    const number = (count.get(name) ?? 0) + 1
    count.set(name, number)
    return { place: number === 1 ? name : `${name} (${number})`, rule }
  })
}

/** Compares what rules say: their expressions, whether they work, what they come to, and the alerts of those that alert. */
export async function compareRules(
  sides: Sides,
  draft: ComparisonDraft,
  pairs: readonly RulePair[],
): Promise<void> {
  for (const pair of pairs) {
    const { place, there, here } = pair
    if (plain(there.query) !== plain(here.query)) {
      draft.differ('rules', place, `other expressions: ${there.query} there, ${here.query} here`)
    }
    if (here.health === 'err' && there.health !== 'err') {
      draft.differ('rules', place, `it fails only here: ${here.lastError ?? ''}`)
      continue
    }
    const question = { area: 'rules', place, there: there.query, here: here.query } as const
    if (!(await compareQuery(sides, draft, question))) continue
    if (there.type === 'alerting' && here.type === 'alerting')
      compareAlerts(sides, draft, { ...pair, there, here })
    else if (there.type === 'recording') {
      await compareQuery(sides, draft, {
        area: 'rules',
        place: `${place}, as recorded`,
        there: there.name,
      })
    }
  }
}

/** As it is printed, however it was written. */
function plain(query: string): string {
  const parsed = parse(query)
  return parsed.ok ? print(parsed.expr) : query
}

interface AlertingPair extends RulePair {
  readonly there: AlertingRuleJson
  readonly here: AlertingRuleJson
}

function compareAlerts(
  sides: Sides,
  draft: ComparisonDraft,
  { place, there, here, intervalMs }: AlertingPair,
): void {
  const ours = byLabels(here.alerts, sides.externalLabels)
  const settledMs =
    neededHistoryMs(here.query, sides.recorded) + here.duration * 1000 + 3 * intervalMs
  const haveMs = sides.nowMs - sides.sinceMs
  for (const [labels, alert] of byLabels(there.alerts, sides.externalLabels)) {
    const other = ours.get(labels)
    ours.delete(labels)
    draft.compared.alerts++
    if (other?.state === alert.state) continue
    const where = `${place} ${labels}`
    const isWaiting = haveMs < settledMs || (other === undefined && there.keepFiringFor > 0)
    if (isWaiting) {
      draft.skip(
        'alerts',
        where,
        `${alert.state} there; here it waits for ${showMs(settledMs)} of data`,
      )
    } else
      draft.differ(
        'alerts',
        where,
        `${alert.state} there, ${other?.state ?? 'not there at all'} here`,
      )
  }
  for (const [labels, alert] of ours) {
    draft.compared.alerts++
    draft.differ('alerts', `${place} ${labels}`, `${alert.state} only here`)
  }
}

function byLabels(
  alerts: readonly AlertJson[] | null,
  external: LabelsJson,
): Map<string, AlertJson> {
  return new Map((alerts ?? []).map((alert) => [showLabels(alert.labels, external), alert]))
}
