import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import type { MetricMetadata } from '../../model/samples.ts'

/** What the gauges read of a job when somebody asks. */
export interface PoolGauges {
  /** Targets found, before relabelling. */
  readonly foundCount: number
  readonly targetLimit: number
  /** The targets that are scraped. */
  readonly loops: Iterable<{ readonly metadata: readonly MetricMetadata[] }>
}

interface Gauge {
  readonly name: string
  readonly help: string
  readonly valueOf: (pool: PoolGauges) => number
}

const GAUGES: readonly Gauge[] = [
  {
    name: 'prometheus_target_scrape_pool_targets',
    help: 'Targets of a job that are scraped.',
    valueOf: ({ loops }) => [...loops].length,
  },
  {
    name: 'prometheus_target_scrape_pool_target_limit',
    help: 'The target_limit of a job, 0 for none.',
    valueOf: ({ targetLimit }) => targetLimit,
  },
  {
    name: 'prometheus_target_metadata_cache_entries',
    help: 'Metric families whose metadata is known.',
    valueOf: (pool) => sumOf(pool, () => 1),
  },
  {
    name: 'prometheus_target_metadata_cache_bytes',
    help: 'Length of the metadata known.',
    valueOf: (pool) =>
      sumOf(pool, ({ help, unit, type }) => help.length + unit.length + type.length),
  },
]

/** The gauges of all jobs under the names that Prometheus gives them. */
export function poolGauges(pools: ReadonlyMap<string, PoolGauges>): MetricFamily[] {
  const metrics = (valueOf: Gauge['valueOf'], labelsOf: (job: string) => string[]): Metric[] =>
    Array.from(pools, ([job, pool]) => ({ labels: labelsOf(job), value: valueOf(pool) }))
  return [
    ...GAUGES.map(({ name, help, valueOf }): MetricFamily => ({
      name,
      help,
      type: 'gauge',
      metrics: metrics(valueOf, (job) => ['scrape_job', job]),
    })),
    {
      name: 'prometheus_sd_discovered_targets',
      help: 'Targets found, before relabelling.',
      type: 'gauge',
      metrics: metrics(
        ({ foundCount }) => foundCount,
        (job) => ['config', job, 'name', 'scrape'],
      ),
    },
  ]
}

function sumOf({ loops }: PoolGauges, sizeOf: (entry: MetricMetadata) => number): number {
  let sum = 0
  for (const { metadata } of loops) for (const entry of metadata) sum += sizeOf(entry)
  return sum
}
