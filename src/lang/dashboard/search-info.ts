import { parse } from '../promql/parse.ts'
import { mapSelectors } from './add-filters.ts'
import { allPanels } from './find-unsupported.ts'
import { textOf } from './json-value.ts'
import { parseMetricFind, queryTextOf } from './metric-find.ts'
import type { Dashboard } from './model.ts'

/** What a search over dashboards knows of one. */
export interface SearchInfo {
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  readonly panels: readonly { readonly id: number; readonly type: string; readonly title: string }[]
  /** The queries of panels, annotations and variables, as they are written. */
  readonly queries: readonly string[]
  /** The names of metrics that the queries read, sorted, as far as they can be told. */
  readonly metrics: readonly string[]
}

/** What is found of a dashboard: for its list, its search, and the question which dashboards use a metric. */
export function describeForSearch(dashboard: Dashboard): SearchInfo {
  const panels = allPanels(dashboard)
  const ofPanels = panels.flatMap((panel) =>
    panel.targets.map((target) => textOf(target.query['expr']) ?? textOf(target.query['query'])),
  )
  const ofAnnotations = dashboard.annotations.map((one) => textOf(one.query['expr']))
  const ofVariables = dashboard.variables.flatMap((one) =>
    one.type === 'query' ? [queryTextOf(one.query)] : [],
  )
  const queries = [...ofPanels, ...ofAnnotations, ...ofVariables].filter(
    (query): query is string => query !== undefined && query !== '',
  )
  const metrics = new Set<string>()
  for (const query of [...ofPanels, ...ofAnnotations]) {
    for (const name of metricsOf(query ?? '')) metrics.add(name)
  }
  for (const query of ofVariables) {
    for (const name of metricsOf(selectorOf(query))) metrics.add(name)
  }
  return {
    title: dashboard.title,
    description: dashboard.description ?? '',
    tags: dashboard.tags,
    panels: panels.map(({ id, type, title }) => ({ id, type, title })),
    queries,
    metrics: [...metrics].toSorted(),
  }
}

function selectorOf(query: string): string {
  const find = parseMetricFind(query)
  if (find.kind === 'query result') return find.query
  return 'selector' in find ? (find.selector ?? '') : ''
}

/** The metric names of a PromQL query that may hold variables; none when it is of another language. */
function metricsOf(query: string): string[] {
  const parsed = parse(fillPlainly(query))
  if (!parsed.ok) return []
  const names: string[] = []
  mapSelectors(parsed.expr, (selector) => {
    const exact = selector.matchers.find((one) => one.name === '__name__' && one.op === '=')
    if (exact && !exact.value.includes('VARIABLE')) names.push(exact.value)
    return selector
  })
  return names
}

/** Variables in a range become a duration, a first argument a number, others a name: enough for the query to parse. */
function fillPlainly(query: string): string {
  return query
    .replaceAll(/\[([^\]"']*\$[^\]"']*)\]/g, (_all, inner: string) =>
      inner.includes(':') ? '[5m:1m]' : '[5m]',
    )
    .replaceAll(/offset\s+\$\{?\w+\}?/g, 'offset 5m')
    .replaceAll(/\(\s*\$\{?\w+\}?\s*,/g, '(1,')
    .replaceAll(/\$\{[^}]*\}|\[\[\w+(?::\w+)?\]\]|\$\w+/g, 'VARIABLE')
}
