import { existsSync } from 'node:fs'
import type { VedetteConfig } from '../config.ts'
import type {
  QueryDataJson,
  RulesJson,
  TargetsJson,
  TsdbStatusJson,
} from '../contract/prometheus.ts'
import { packProvider } from '../dashboards/provisioning/pack-provider.ts'
import type { TimexValues } from '../operate/doctor/examine-clock.ts'
import { examineDashboards } from '../operate/doctor/examine-dashboards.ts'
import type { SeenServer } from '../operate/doctor/examine-server.ts'
import { metricNamesIn, selectorsIn } from '../operate/doctor/metric-names.ts'
import { ApiError, type ApiClient } from './api-client.ts'

/** Undefined when there is no server, or it does not tell. */
export async function seeServer(
  client: ApiClient,
  config: VedetteConfig,
  expressions: readonly string[],
): Promise<SeenServer | undefined> {
  try {
    const [targets, rules, tsdb, names] = await Promise.all([
      client.call<TargetsJson>('/api/v1/targets?state=active'),
      client.call<RulesJson>('/api/v1/rules?exclude_alerts=true'),
      client.call<TsdbStatusJson>('/api/v1/status/tsdb?limit=20'),
      client.call<readonly string[]>('/api/v1/label/__name__/values'),
    ])
    const packs = config.packs.packs.map(({ manifest }) => manifest.folder)
    const shipped = await examineDashboards({
      providers: [packProvider(packs.filter((folder) => existsSync(folder)))],
      datasources: [],
    })
    const all = [...expressions, ...shipped.expressions]
    return {
      targets: targets.data,
      rules: rules.data,
      tsdb: tsdb.data,
      metrics: new Set(names.data),
      empty: await findEmpty(client, rules.data, new Set(names.data)),
      asked: new Set(all.flatMap((expr) => metricNamesIn(withoutVariables(expr)))),
    }
  } catch (thrown) {
    if (thrown instanceof ApiError) return undefined
    throw thrown
  }
}

/** A range of a variable is a range, and any other variable some text, so that the expression can be read. */
function withoutVariables(expr: string): string {
  return expr
    .replace(/\[\$\w+\]|\[\$\{[^}]*\}\]/g, '[5m]')
    .replace(/\$\{[^}]*\}|\$\w+|\[\[\w+\]\]/g, 'x')
}

/** More selectors are not asked for: a doctor must not be a load. */
const MOST_SELECTORS = 300

/** Which selectors of rules nothing fits, of metrics that there are. */
async function findEmpty(
  client: ApiClient,
  { groups }: RulesJson,
  metrics: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const rules = groups.filter(
    ({ file, language }) => !file.startsWith('pack:') && language === undefined,
  )
  const selectors = new Set(
    rules.flatMap((group) => group.rules.flatMap(({ query }) => selectorsIn(query))),
  )
  const empty = new Set<string>()
  for (const selector of [...selectors].slice(0, MOST_SELECTORS)) {
    if (!metricNamesIn(selector).every((name) => metrics.has(name))) continue
    const query = `count(last_over_time(${selector}[1h]))`
    const { data } = await client.call<QueryDataJson>('/api/v1/query', { query })
    if (data.resultType === 'vector' && data.result.length === 0) empty.add(selector)
  }
  return empty
}

/** What node_exporter's timex collector measured; undefined where there is none. */
export async function seeTimex(client: ApiClient): Promise<TimexValues | undefined> {
  const [syncStatus, offsetS] = await Promise.all(
    ['node_timex_sync_status', 'node_timex_offset_seconds'].map(async (name) => {
      const { data } = await client.call<QueryDataJson>('/api/v1/query', {
        query: `max(abs(${name}))`,
      })
      const value = data.resultType === 'vector' ? data.result[0]?.value[1] : undefined
      return value === undefined ? undefined : Number(value)
    }),
  )
  return syncStatus === undefined && offsetS === undefined ? undefined : { syncStatus, offsetS }
}
