import type { Alertmanager } from '../../alert/alertmanager.ts'
import { matchRoutes, pathTo, type Route as AlertRoute } from '../../alert/route.ts'
import type { AlertRouteJson, AlertRoutesJson, AlertWayJson } from '../../contract/alert-routes.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { Params } from '../params.ts'
import { matcherJson } from './alert-json.ts'
import { readMatchers } from './filters.ts'

/** The routing tree, and where alerts of the labels that `label` parameters name go. */
export function describeRoutes(manager: Alertmanager, params: Params): AlertRoutesJson {
  const { routes: root } = manager.rules
  const tree = routeJson(root, manager)
  if (params.all('label').length === 0) return { root: tree }
  return { root: tree, way: wayOf(root, readLabels(params)) }
}

/** Throws `bad_data` for what is not `NAME=VALUE`. */
function readLabels(params: Params): Labels {
  const named: Record<string, string> = {}
  for (const { name, op, value } of readMatchers(params, 'label')) {
    if (op !== '=') {
      throw new Problem(
        'bad_data',
        `label ${name}: an alert has ${name}="…", so only = is allowed here, not ${op}`,
      )
    }
    named[name] = value
  }
  return Labels.from(named)
}

function wayOf(root: AlertRoute, labels: Labels): AlertWayJson {
  const ends = matchRoutes(root, labels)
  const path = new Set(ends.flatMap((end) => pathTo(end).map(({ id }) => id)))
  return { labels: labels.toObject(), ends: ends.map(({ id }) => id), path: [...path] }
}

function routeJson(route: AlertRoute, manager: Alertmanager): AlertRouteJson {
  return {
    id: route.id,
    matchers: route.matchers.map(matcherJson),
    receiver: route.receiver,
    groupBy: route.groupBy === 'all' ? ['...'] : [...route.groupBy],
    continues: route.isContinued,
    groupWait: formatDurationMs(route.groupWaitMs),
    groupInterval: formatDurationMs(route.groupIntervalMs),
    repeatInterval: formatDurationMs(route.repeatIntervalMs),
    muteTimeIntervals: route.muteTimeIntervals,
    activeTimeIntervals: route.activeTimeIntervals,
    mutedBy: manager.mutedBy(route),
    line: route.line,
    routes: route.routes.map((child) => routeJson(child, manager)),
  }
}
