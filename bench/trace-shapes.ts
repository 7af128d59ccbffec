import { RARE } from './trace-data.ts'

/** A kind of question about the spans of `trace-data.ts`. */
export interface TraceShape {
  readonly name: string
  readonly path: string
  /** Different each time, so that nothing is answered from a cache of what was asked before. */
  readonly parameters: (round: number) => Readonly<Record<string, string>>
}

const search = (name: string, q: (round: number) => string): TraceShape => ({
  name: `search: ${name}`,
  path: 'search',
  parameters: (round) => ({ q: q(round), limit: '20' }),
})

const metrics = (name: string, q: (round: number) => string): TraceShape => ({
  name: `${name} over 24 h`,
  path: 'metrics/query_range',
  parameters: (round) => ({ q: q(round), step: '300' }),
})

/** Asked again and again while spans come in. */
export const RATE_DAY = metrics(
  '`{} \\| rate() by (resource.service.name)`',
  (i) => `{ duration != ${i}ns } | rate() by (resource.service.name)`,
)

export const TRACE_SHAPES: readonly TraceShape[] = [
  search(
    'service and name',
    (i) => `{ resource.service.name = "orders" && name = "GET /orders" && duration != ${i}ns }`,
  ),
  search('an attribute', (i) => `{ span.http.response.status_code = 404 && duration != ${i}ns }`),
  search('an attribute of many values', (i) => `{ span.enduser.id = "u-${4711 + i}" }`),
  search('duration', (i) => `{ duration > ${2300 + i}ms }`),
  search('status = error', (i) => `{ status = error && duration != ${i}ns }`),
  search(
    'a structure',
    (i) =>
      `{ resource.service.name = "gateway" } >> { status = error && resource.service.name = "orders" && duration != ${i}ns }`,
  ),
  search('a rare value', (i) => `{ span.${RARE.key} = "${RARE.value}" && duration != ${i}ns }`),
  search('a value that does not exist', (i) => `{ .nothing = "n0where${i}" }`),
  { name: 'tags', path: 'v2/search/tags', parameters: () => ({}) },
  {
    name: 'values of an attribute',
    path: 'v2/search/tag/span.http.route/values',
    parameters: () => ({}),
  },
  {
    name: 'values under a query',
    path: 'v2/search/tag/name/values',
    parameters: () => ({ q: '{ resource.service.name = "orders" }' }),
  },
  metrics(
    '`{ status=error } \\| count_over_time() by (resource.service.name, name)`',
    (i) =>
      `{ status = error && duration != ${i}ns } | count_over_time() by (resource.service.name, name)`,
  ),
  metrics(
    '`{ … } \\| quantile_over_time(duration, .95)`',
    (i) =>
      `{ kind = server && duration != ${i}ns } | quantile_over_time(duration, .95) by (resource.service.name)`,
  ),
  metrics(
    '`{ … } \\| rate() by (span.http.response.status_code)`',
    (i) => `{ kind = server && duration != ${i}ns } | rate() by (span.http.response.status_code)`,
  ),
  RATE_DAY,
]
