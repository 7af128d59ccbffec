import type { SlowQueriesJson } from '../../contract/slow-queries.ts'
import type { OwnTraces } from '../../self/own-traces.ts'
import type { Route } from '../exchange.ts'

/** `GET /api/own/slow-queries`: the queries of late that took long, the newest first, with their traces. */
export function slowQueryRoutes(traces: OwnTraces, slowMs: () => number): Route[] {
  const handle: Route['handle'] = () => {
    const answer: SlowQueriesJson = {
      slowMs: slowMs(),
      queries: traces.slow.map((query) => ({ ...query })).reverse(),
    }
    return { contentType: 'application/json', body: JSON.stringify(answer) }
  }
  return [{ methods: ['GET'], path: '/api/own/slow-queries', permission: 'read', handle }]
}
