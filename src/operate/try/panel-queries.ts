import { readFile } from 'node:fs/promises'
import type { QueryDataJson } from '../../contract/prometheus.ts'
import { scanFolder } from '../../dashboards/provisioning/scan-folder.ts'
import { chooseCurrent } from '../../lang/dashboard/choose-current.ts'
import { formatForPromql } from '../../lang/dashboard/format-value.ts'
import { interpolate } from '../../lang/dashboard/interpolate.ts'
import { formatIntervalMs } from '../../lang/dashboard/interval.ts'
import {
  parseMetricFind,
  queryTextOf,
  textsOfQueryResult,
  type FoundValue,
} from '../../lang/dashboard/metric-find.ts'
import type {
  Dashboard,
  Panel,
  Variable,
  VariableCurrent,
  VariableOption,
} from '../../lang/dashboard/model.ts'
import { readDashboard } from '../../lang/dashboard/read-dashboard.ts'
import {
  globalValues,
  intervalValues,
  valueOfVariable,
  withValues,
  type Scope,
} from '../../lang/dashboard/scope.ts'
import {
  optionsOfCustom,
  optionsOfInterval,
  optionsOfQuery,
} from '../../lang/dashboard/variable-options.ts'
import { orderVariables } from '../../lang/dashboard/variable-order.ts'
import { messageOf } from '../../model/problem.ts'
import { compileSearch } from '../../model/regex.ts'
import type { StackApi } from './stack-api.ts'

/** A query of a panel with its variables filled in. */
export interface PanelQuery {
  /** Dashboard, panel and the letter of the query. */
  readonly place: string
  readonly expr: string
}

export interface PanelQueries {
  readonly queries: readonly PanelQuery[]
  /** What is no dashboard, or has variables that cannot be filled in. */
  readonly faults: readonly { readonly place: string; readonly why: string }[]
}

export interface PanelFacts {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  readonly scrapeMs: number
}

/** The queries of all dashboards below a folder. Variables get the values that the server offers, as Grafana chooses them. */
export async function readPanelQueries(
  folder: string,
  api: StackApi,
  facts: PanelFacts,
): Promise<PanelQueries> {
  const { files, faults } = await scanFolder(folder)
  const all = faults.map(({ file, message }) => ({ place: file, why: message }))
  const queries: PanelQuery[] = []
  for (const { file, name } of files) {
    try {
      const { dashboard } = readDashboard(await readFile(file, 'utf8'))
      const scope = await fillIn(dashboard, api, facts)
      for (const panel of dashboard.panels.flatMap(withInner)) {
        queries.push(...queriesOf(panel, scope, dashboard.title))
      }
    } catch (thrown) {
      all.push({ place: name, why: messageOf(thrown) })
    }
  }
  return { queries, faults: all }
}

function withInner(panel: Panel): readonly Panel[] {
  return [panel, ...(panel.panels ?? []).flatMap(withInner)]
}

function queriesOf(panel: Panel, scope: Scope, title: string): readonly PanelQuery[] {
  return panel.targets.flatMap((target, at): PanelQuery[] => {
    const written = target.query['expr']
    const type = target.datasource?.type ?? panel.datasource?.type
    const isPromql = type === undefined || type === '' || type === 'prometheus'
    if (typeof written !== 'string' || written.trim() === '' || !isPromql) return []
    const letter = String.fromCodePoint(65 + (at % 26))
    return [
      {
        place: `${title} / ${panel.title} / ${letter}`,
        expr: interpolate(written, scope, formatForPromql),
      },
    ]
  })
}

async function fillIn(
  dashboard: Dashboard,
  api: StackApi,
  { startMs, endMs, stepMs, scrapeMs }: PanelFacts,
): Promise<Scope> {
  // Grafana's rule: at least four scrapes, or one more than the step.
  const rateMs = Math.max(4 * scrapeMs, stepMs + scrapeMs)
  let scope: Scope = withValues(new Map(), [
    ...globalValues({
      ...{ fromMs: startMs, toMs: endMs, timezone: 'utc' },
      dashboard: { uid: dashboard.uid ?? '', title: dashboard.title },
      org: { id: 1, name: '' },
      user: { id: 1, login: '', email: '' },
    }),
    ...intervalValues(formatIntervalMs(stepMs), stepMs, rateMs, formatIntervalMs(rateMs)),
  ])
  for (const variable of orderVariables(dashboard.variables)) {
    const options = await optionsOf(variable, scope, api)
    const current = chooseCurrent(variable, options, savedOf(variable))
    scope = withValues(scope, [valueOfVariable(variable, current, options)])
  }
  return scope
}

function savedOf(variable: Variable): VariableCurrent | undefined {
  return 'current' in variable ? variable.current : undefined
}

async function optionsOf(
  variable: Variable,
  scope: Scope,
  api: StackApi,
): Promise<readonly VariableOption[]> {
  switch (variable.type) {
    case 'custom':
      return optionsOfCustom({ ...variable, query: interpolate(variable.query, scope) })
    case 'interval':
      return optionsOfInterval(variable)
    case 'query': {
      const query = interpolate(queryTextOf(variable.query), scope, formatForPromql)
      return optionsOfQuery(variable, await find(query, api))
    }
    default:
      return []
  }
}

async function find(query: string, api: StackApi): Promise<readonly FoundValue[]> {
  const what = parseMetricFind(query)
  const found = (texts: readonly string[]): FoundValue[] =>
    texts.map((text) => ({ text, value: text }))
  switch (what.kind) {
    case 'label values': {
      const match =
        what.selector === undefined ? '' : `?match[]=${encodeURIComponent(what.selector)}`
      return found(await api.call(`/api/v1/label/${encodeURIComponent(what.label)}/values${match}`))
    }
    case 'label names':
      return found(
        await api.call(
          '/api/v1/labels',
          what.selector === undefined ? {} : { 'match[]': what.selector },
        ),
      )
    case 'metric names': {
      const fits = compileSearch(what.pattern)
      const names = await api.call<readonly string[]>('/api/v1/label/__name__/values')
      return found(names.filter((name) => fits.test(name)))
    }
    case 'query result': {
      return textsOfQueryResult(
        await api.call<QueryDataJson>('/api/v1/query', { query: what.query }),
      )
    }
    case 'series': {
      const series = await api.call<readonly Record<string, string>[]>('/api/v1/series', {
        'match[]': what.selector,
      })
      return found(series.map((labels) => JSON.stringify(labels)))
    }
    case 'nothing':
      return []
    default:
      return what satisfies never
  }
}
