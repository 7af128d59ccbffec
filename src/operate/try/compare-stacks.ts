import type { GettableAlertJson } from '../../contract/alertmanager.ts'
import type { LabelsJson, RulesJson } from '../../contract/prometheus.ts'
import { compareNotifications } from './compare-notifications.ts'
import { compareQuery, rangeFor, type Sides } from './compare-query.ts'
import { compareRules, pairRules } from './compare-rules.ts'
import { compareMetrics, compareTargets } from './compare-targets.ts'
import { ComparisonDraft, type Comparison } from './difference.ts'
import { readPanelQueries } from './panel-queries.ts'
import type { StackApi } from './stack-api.ts'

/** The running stack and this program beside it. */
export interface TwoStacks {
  readonly there: StackApi
  readonly here: StackApi
  /** Asks both Alertmanagers; undefined: they are not compared. */
  readonly alerts:
    | (() => Promise<
        readonly [there: readonly GettableAlertJson[], here: readonly GettableAlertJson[]]
      >)
    | undefined
  /** Undefined: no dashboards are compared. */
  readonly dashboardsFolder: string | undefined
  /** False: samples come by remote write, so this program has no targets of its own. */
  readonly isScraping: boolean
  readonly sinceMs: number
  readonly scrapeMs: number
  readonly toleranceShare: number
  readonly externalLabels: LabelsJson
}

/** Compares all that can be compared now. Rejects when one of them does not answer. */
export async function compareStacks(stacks: TwoStacks, nowMs: number): Promise<Comparison> {
  const draft = new ComparisonDraft()
  const [there, here] = await Promise.all([
    stacks.there.call<RulesJson>('/api/v1/rules'),
    stacks.here.call<RulesJson>('/api/v1/rules'),
  ])
  const pairs = pairRules(there, here, draft)
  const recorded = new Map(
    [there, here].flatMap(({ groups }) =>
      groups.flatMap(({ rules }) =>
        rules.flatMap((rule) =>
          rule.type === 'recording' ? [[rule.name, rule.query] as const] : [],
        ),
      ),
    ),
  )
  const sides: Sides = { ...stacks, nowMs, recorded }
  if (stacks.isScraping) await compareTargets(sides, draft)
  await compareMetrics(sides, draft)
  await compareRules(sides, draft, pairs)
  if (stacks.alerts !== undefined) {
    const [theirs, ours] = await stacks.alerts()
    const alertNames = new Set(pairs.map((pair) => pair.there.name))
    compareNotifications({ there: theirs, here: ours, alertNames }, draft)
  }
  if (stacks.dashboardsFolder !== undefined)
    await comparePanels(sides, draft, stacks.dashboardsFolder)
  return draft
}

async function comparePanels(sides: Sides, draft: ComparisonDraft, folder: string): Promise<void> {
  const range = rangeFor(sides, 0)
  if (range === undefined) {
    draft.skip('dashboards', folder, 'there are too few samples yet')
    return
  }
  const { queries, faults } = await readPanelQueries(folder, sides.there, {
    ...range,
    scrapeMs: sides.scrapeMs,
  })
  for (const { place, why } of faults) draft.skip('dashboards', place, why)
  for (const { place, expr } of queries) {
    await compareQuery(sides, draft, { area: 'dashboards', place, there: expr })
  }
}
