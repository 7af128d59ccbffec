import { Problem, messageOf } from '../../model/problem.ts'
import { bindInputs } from './bind-inputs.ts'
import { convertKindedDashboard, isKindedDashboard } from './convert-kinded.ts'
import { builtInDatasources } from './datasource.ts'
import type { Datasource } from './datasource.ts'
import { findUnsupported } from './find-unsupported.ts'
import { copyJson, isObject, numberOf, objectOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { migrateDashboard } from './migrate-dashboard.ts'
import type { Dashboard } from './model.ts'
import { parseDashboard } from './parse-dashboard.ts'
import { draftReport } from './report.ts'
import type { ImportReport } from './report.ts'

export interface ReadOptions {
  /** The sources that exist, which names and `${DS_…}` inputs are bound to; without them those built in. */
  readonly datasources?: readonly Datasource[]
}

/**
 * Reads any form of Grafana's dashboard JSON: of every schemaVersion (rows and Angular panels are migrated), as it is
 * exported with `__inputs`, wrapped as its HTTP API answers (`{dashboard, meta}`), as grafana.com serves it (`{json}`), as a
 * Kubernetes resource (`{kind: 'Dashboard', spec}`), or as the text of any of these. The argument is not changed. What is
 * not supported is kept and reported, never refused; throws `Problem` `bad_data` for what is no dashboard at all.
 */
export function readDashboard(
  json: unknown,
  options: ReadOptions = {},
): { dashboard: Dashboard; report: ImportReport } {
  const datasources = options.datasources ?? builtInDatasources
  const draft = draftReport()
  const raw = unwrapDashboard(typeof json === 'string' ? parseText(json) : json)
  const classic = isKindedDashboard(raw) ? convertKindedDashboard(raw, draft) : raw
  const schemaVersion = numberOf(classic['schemaVersion']) ?? 0
  const bound = bindInputs(classic, datasources, draft)
  const migrated = migrateDashboard(bound, datasources, draft)
  const dashboard = parseDashboard(migrated)
  findUnsupported(dashboard, draft)
  return { dashboard, report: { schemaVersion, ...draft } }
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new Problem('bad_data', `the dashboard is not JSON: ${messageOf(cause)}`, { cause })
  }
}

/** Keys of which every dashboard has at least one. */
const MARKS = ['panels', 'rows', 'templating', 'schemaVersion', 'elements', 'title']

/** Takes off what tools wrap around a dashboard. The result is a copy that may be changed. */
function unwrapDashboard(json: unknown): JsonObject {
  let current = json
  for (let depth = 0; depth < 4 && isObject(current); depth++) {
    const wrapper: JsonObject = current
    const inner = ['dashboard', 'json', 'spec']
      .map((key) => wrapper[key])
      .find((value) => isObject(value) || typeof value === 'string')
    const isBare = ['panels', 'rows', 'elements'].some((key) => key in wrapper)
    if (isBare || inner === undefined) break
    const name = isObject(wrapper['metadata']) ? wrapper['metadata']['name'] : undefined
    current = typeof inner === 'string' ? parseText(inner) : inner
    if (isObject(current) && typeof name === 'string' && current['uid'] === undefined) {
      current = { ...current, uid: name }
    }
  }
  if (!isObject(current) || !MARKS.some((key) => key in current)) {
    throw new Problem(
      'bad_data',
      "this is not a dashboard: expected an object with Grafana's keys `title` and `panels`",
    )
  }
  return objectOf(copyJson(current))
}
