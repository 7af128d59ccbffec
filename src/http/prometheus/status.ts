import type { FeaturesJson } from '../../contract/prometheus.ts'
import { parseGoInt } from '../../formats/go-float.ts'
import { Problem } from '../../model/problem.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import type { PrometheusDoors } from './doors.ts'
import { success, type ApiRoute } from './respond.ts'

type StatusDoors = Pick<PrometheusDoors, 'status' | 'admin' | 'lifecycle' | 'cluster' | 'memory'>

export function statusRoutes(doors: StatusDoors): ApiRoute[] {
  const methods = ['GET'] as const
  const { status } = doors
  return [
    // Grafana takes a server whose build info has `data.features` for Mimir: BuildInfoJson must never get that key.
    { methods, path: '/status/buildinfo', handle: () => success(status.buildInfo()) },
    { methods, path: '/status/cluster', handle: () => success(doors.cluster?.() ?? null) },
    { methods, path: '/status/config', handle: () => success({ yaml: status.configYaml() }) },
    { methods, path: '/status/flags', handle: () => success(status.flags()) },
    { methods, path: '/status/runtimeinfo', handle: () => success(status.runtimeInfo()) },
    { methods, path: '/status/memory', handle: () => success(doors.memory?.() ?? null) },
    { methods, path: '/status/disk', handle: async () => success(await status.disk()) },
    { methods, path: '/status/tsdb', handle: ({ params }) => tsdbStatus(doors, params) },
    // There is no write-ahead log to replay: what is in the store is there at once.
    { methods, path: '/status/walreplay', handle: () => success({ min: 0, max: 0, current: 0 }) },
    { methods, path: '/features', handle: () => success(featuresOf(doors)) },
    { methods, path: '/notifications', handle: () => success(status.notifications()) },
    // 204 tells an EventSource not to come again; the list above has the same content.
    { methods, path: '/notifications/live', handle: () => ({ status: 204 }) },
  ]
}

const MAX_TSDB_LIMIT = 10_000

async function tsdbStatus({ status }: StatusDoors, params: Params): Promise<Answer> {
  const text = params.get('limit')
  const limit = text === '' ? 10 : parseGoInt(text)
  if (typeof limit !== 'number' || limit < 1) {
    throw new Problem('bad_data', 'limit must be a positive number')
  }
  if (limit > MAX_TSDB_LIMIT) {
    throw new Problem('bad_data', `limit must not exceed ${MAX_TSDB_LIMIT}`)
  }
  return success(await status.tsdb(limit))
}

/** What this listener can do, by the original's names. */
function featuresOf({ status, admin, lifecycle }: StatusDoors): FeaturesJson {
  const others = status.features()
  return {
    ...others,
    api: {
      ...others['api'],
      admin: admin !== undefined,
      exclude_alerts: true,
      label_values_match: true,
      lifecycle: lifecycle !== undefined,
      otlp_write_receiver: true,
      query_stats: true,
      query_warnings: true,
      remote_write_receiver: true,
      search: false,
      time_range_labels: true,
      time_range_series: true,
    },
  }
}
