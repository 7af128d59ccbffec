/** One query shape; times are relative to the end of the data. */
export interface Shape {
  readonly name: string
  readonly path: string
  /** Parameters; `start`, `end` and `time` are seconds before the end of the data. */
  readonly parameters: Readonly<Record<string, string | number>>
  readonly repeats: number
}

const HOUR = 3600

function instant(name: string, query: string, repeats: number): Shape {
  return { name, path: '/api/v1/query', parameters: { query, time: 0 }, repeats }
}

function range(name: string, query: string, hours: number, step: number, repeats: number): Shape {
  return {
    name,
    path: '/api/v1/query_range',
    parameters: { query, start: hours * HOUR, end: 0, step },
    repeats,
  }
}

const SINGLE = 'bench_requests_0_total{instance="host-7:8080",method="GET",code="200"}'
const ALL = '{__name__=~"bench_.+"}'

export const SHAPES: readonly Shape[] = [
  instant('instant single', SINGLE, 50),
  instant('instant raw 10k', ALL, 7),
  instant('instant sum by rate 10k', `sum by (region) (rate(${ALL}[5m]))`, 7),
  instant('instant topk', 'topk(5, rate(bench_requests_0_total[5m]))', 20),
  range('1h@15s single', SINGLE, 1, 15, 30),
  range('1h@15s sum rate 1k', 'sum by (region) (rate(bench_requests_0_total[5m]))', 1, 15, 10),
  range('1h@15s sum rate 10k', `sum by (region) (rate(${ALL}[5m]))`, 1, 15, 5),
  range(
    '1h@15s histogram_quantile',
    'histogram_quantile(0.9, sum by (le) (rate(bench_latency_seconds_bucket[5m])))',
    1,
    15,
    10,
  ),
  range('6h@60s sum rate 1k', 'sum by (region) (rate(bench_requests_0_total[5m]))', 6, 60, 7),
  range('6h@60s sum rate 10k', `sum by (region) (rate(${ALL}[5m]))`, 6, 60, 3),
  range(
    '6h@60s group_left',
    'sum by (instance) (rate(bench_requests_0_total[5m])) * on (instance) group_left (version) bench_build_info',
    6,
    60,
    7,
  ),
  range('24h@5m sum rate 1k', 'sum by (region) (rate(bench_requests_0_total[5m]))', 24, 300, 7),
  { name: 'labels', path: '/api/v1/labels', parameters: { start: HOUR, end: 0 }, repeats: 20 },
  {
    name: 'label values',
    path: '/api/v1/label/instance/values',
    parameters: { start: HOUR, end: 0 },
    repeats: 20,
  },
  {
    name: 'series (1000)',
    path: '/api/v1/series',
    parameters: { 'match[]': 'bench_requests_0_total', start: HOUR, end: 0 },
    repeats: 10,
  },
]

/** Twenty panels as a dashboard asks them: the last half hour at 15 s. */
export const DASHBOARD: readonly Shape[] = Array.from({ length: 20 }, (_, i) => {
  const host = `host-${(i * 7) % 50}:8080`
  const metric = i % 9
  const queries = [
    `sum by (code) (rate(bench_requests_${metric}_total{instance="${host}"}[2m]))`,
    `rate(bench_requests_${metric}_total{instance="${host}",method="GET"}[2m])`,
    `histogram_quantile(0.99, rate(bench_latency_seconds_bucket{instance="${host}"}[5m]))`,
    `bench_build_info{instance="${host}"}`,
  ]
  return range(`panel ${i}`, queries[i % queries.length] as string, 0.5, 15, 1)
})
