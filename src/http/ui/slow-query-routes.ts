import type { SlowQueriesJson } from '../../contract/slow-queries.ts'
import type { OwnTraces } from '../../self/own-traces.ts'
import type { Route } from '../exchange.ts'

/** `GET /api/own/slow-queries`: the queries of late that took long, the newest first, with their traces. */
export function slowQueryRoutes(traces: OwnTraces, slowMs: () => number): Route[] {
  const handle: Route['handle'] = ({ visit }) => {
    // Who is not known here is not told who else is.
    const isKnown = visit.principal.kind !== 'anonymous'
    const told = traces.slow.map((query) => (isKnown ? query : { ...query, asker: '' }))
    const answer: SlowQueriesJson = { slowMs: slowMs(), queries: told.reverse() }
    return { contentType: 'application/json', body: JSON.stringify(answer) }
  }
  return [{ methods: ['GET'], path: '/api/own/slow-queries', permission: 'read', handle }]
}
