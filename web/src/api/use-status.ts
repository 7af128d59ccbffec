import { useQuery } from '@tanstack/react-query'
import type { ClusterJson } from '../../../src/contract/cluster.ts'
import type {
  QueryDataJson,
  RuntimeInfoJson,
  TargetsJson,
  TsdbStatusJson,
} from '../../../src/contract/prometheus.ts'
import type { SlowQueriesJson } from '../../../src/contract/slow-queries.ts'
import type { UiStatusJson } from '../../../src/contract/ui.ts'
import { requestJson } from './client.ts'
import { getPrometheus, queryInstant } from './prometheus.ts'

const LIVE = { refetchInterval: 10_000 } as const

/** What the program says of itself. */
export function useProgramStatus() {
  return useQuery({
    queryKey: ['program-status'],
    queryFn: ({ signal }) => requestJson<UiStatusJson>('/api/vedette/status', { signal }),
    ...LIVE,
  })
}

/** Who shares the work with this server; null where nobody does. */
export function useCluster() {
  return useQuery({
    queryKey: ['cluster'],
    queryFn: ({ signal }) => getPrometheus<ClusterJson | null>('/status/cluster', signal),
    ...LIVE,
  })
}

export function useTargets() {
  return useQuery({
    queryKey: ['targets'],
    queryFn: ({ signal }) => getPrometheus<TargetsJson>('/targets', signal),
    ...LIVE,
  })
}

/** The queries of late that took long. */
export function useSlowQueries() {
  return useQuery({
    queryKey: ['slow-queries'],
    queryFn: ({ signal }) => requestJson<SlowQueriesJson>('/api/own/slow-queries', { signal }),
    ...LIVE,
  })
}

export function useTsdbStatus(limit: number) {
  return useQuery({
    queryKey: ['tsdb', limit],
    queryFn: ({ signal }) => getPrometheus<TsdbStatusJson>(`/status/tsdb?limit=${limit}`, signal),
    refetchInterval: 30_000,
  })
}

export function useRuntimeInfo() {
  return useQuery({
    queryKey: ['runtime'],
    queryFn: ({ signal }) => getPrometheus<RuntimeInfoJson>('/status/runtimeinfo', signal),
    staleTime: 60_000,
  })
}

/** An expression now; every few seconds anew. */
export function useInstant(expr: string, refetchMs = 15_000) {
  return useQuery({
    queryKey: ['instant', expr],
    queryFn: async ({ signal }): Promise<QueryDataJson> => {
      const { data } = await queryInstant({ expr, timeMs: Date.now(), signal })
      return data
    },
    refetchInterval: refetchMs,
  })
}
