import type { ActiveTargetJson, TargetsJson } from '../../contract/prometheus.ts'
import { showLabels } from './compare-series.ts'
import { compareQuery, rangeFor, type Sides } from './compare-query.ts'
import type { ComparisonDraft } from './difference.ts'

/** Which targets there are, and which of them answer. */
export async function compareTargets(sides: Sides, draft: ComparisonDraft): Promise<void> {
  const [there, here] = await Promise.all(
    [sides.there, sides.here].map((api) => api.call<TargetsJson>('/api/v1/targets?state=active')),
  )
  if (there === undefined || here === undefined) return
  const ours = byPlace(here)
  for (const [place, one] of byPlace(there)) {
    const other = ours.get(place)
    ours.delete(place)
    draft.compared.targets++
    if (other === undefined)
      draft.differ('targets', place, `it is scraped only there (${one.scrapeUrl})`)
    else if (one.health !== other.health) {
      const fault = other.health === 'down' ? other.lastError : one.lastError
      draft.differ(
        'targets',
        place,
        `${one.health} there, ${other.health} here${fault === '' ? '' : `: ${fault}`}`,
      )
    }
  }
  for (const [place, { scrapeUrl }] of ours)
    draft.differ('targets', place, `it is scraped only here (${scrapeUrl})`)
}

function byPlace({ activeTargets }: TargetsJson): Map<string, ActiveTargetJson> {
  return new Map(
    activeTargets.map((target) => [`${target.scrapePool} ${showLabels(target.labels)}`, target]),
  )
}

/** Which metrics there are, and how many samples each target has. What rules record is compared as a rule. */
export async function compareMetrics(sides: Sides, draft: ComparisonDraft): Promise<void> {
  const range = rangeFor(sides, 0)
  if (range === undefined) {
    draft.skip('metrics', 'names of metrics', 'there are too few samples yet')
    return
  }
  const query = `start=${range.startMs / 1000}&end=${range.endMs / 1000}`
  const [there, here] = await Promise.all(
    [sides.there, sides.here].map(async (api) => {
      const names = await api.call<readonly string[]>(`/api/v1/label/__name__/values?${query}`)
      return new Set(names.filter((name) => !isOwn(name, sides)))
    }),
  )
  if (there === undefined || here === undefined) return
  draft.compared.metrics += there.size
  for (const name of there)
    if (!here.has(name)) draft.differ('metrics', name, 'there are series of it only there')
  for (const name of here)
    if (!there.has(name)) draft.differ('metrics', name, 'there are series of it only here')
  for (const expr of ['up', 'scrape_samples_post_metric_relabeling'])
    await compareQuery(sides, draft, { area: 'metrics', place: expr, there: expr })
}

/** What each program makes by itself. */
function isOwn(name: string, { recorded }: Sides): boolean {
  return /^(?:ALERTS(?:_FOR_STATE)?$|vedette_)/.test(name) || recorded.has(name)
}
