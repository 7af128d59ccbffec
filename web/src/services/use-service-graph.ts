import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { queryInstant } from '../api/prometheus.ts'
import { useTime } from '../time/time-context.tsx'
import { graphQueries, toServiceGraph, type ServiceGraph } from './service-graph.ts'

export interface ServiceGraphState {
  readonly graph: ServiceGraph | undefined
  readonly error: Error | null
  readonly refetch: () => void
}

/** A rate needs two samples, which are 15 s apart. */
const LEAST_RANGE_S = 60

/** Who called whom in the time range of the page. */
export function useServiceGraph(): ServiceGraphState {
  const { resolved } = useTime()
  const { fromMs, toMs } = resolved
  const { data, error, refetch } = useQuery({
    queryKey: ['service graph', fromMs, toMs],
    queryFn: async ({ signal }) => {
      const seconds = Math.max(LEAST_RANGE_S, Math.round((toMs - fromMs) / 1000))
      const queries = graphQueries('', `${seconds}s`)
      const ask = async (expr: string) => (await queryInstant({ expr, timeMs: toMs, signal })).data
      const [total, failed, sum, p95] = await Promise.all([
        ask(queries.total),
        ask(queries.failed),
        ask(queries.seconds),
        ask(queries.p95),
      ])
      return toServiceGraph({ total, failed, seconds: sum, p95 })
    },
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  })
  return { graph: data, error, refetch: () => void refetch() }
}
