import type { ChartQuery } from '../../api/use-chart.ts'
import { useChart } from '../../api/use-chart.ts'
import { ChartCard } from '../../charts/chart-card.tsx'
import type { ChartOptions, LegendOptions } from '../../charts/chart-options.ts'
import { formatValue, type Unit } from '../../format/format-value.ts'
import { TimePicker } from '../../time/time-picker.tsx'
import { ClusterMembers } from './cluster-members.tsx'
import { StatusFrame } from './status-frame.tsx'
import styles from './status.module.css'

interface HealthChart {
  readonly title: string
  readonly options: ChartOptions
  readonly queries: readonly ChartQuery[]
  readonly legend?: LegendOptions | false
}

/** Only the program itself has these; several that are scraped are told apart by their instance. */
const OWN = 'and on (instance) vedette_engine_ready'
const area = { fillOpacity: 0.14 } as const

function optionsOf(unit: Unit): ChartOptions {
  return {
    syncKey: 'health',
    left: {
      min: 0,
      format: (value) => formatValue(value, unit),
      ...(unit === 'bytes' ? { isBinary: true } : {}),
    },
  }
}

const CHARTS: readonly HealthChart[] = [
  {
    title: 'CPU',
    options: optionsOf('percent'),
    queries: [{ expr: `rate(process_cpu_seconds_total[1m]) ${OWN}`, name: 'CPU', style: area }],
    legend: false,
  },
  {
    title: 'Memory',
    options: optionsOf('bytes'),
    queries: [
      { expr: `process_resident_memory_bytes ${OWN}`, name: 'resident', style: area },
      { expr: 'sum(vedette_engine_resident_memory_bytes)', name: 'engine, resident' },
      {
        expr: 'sum({__name__=~"vedette_(process|engine)_anonymous_memory_bytes"})',
        name: 'both, without file pages',
      },
      {
        expr: 'vedette_nodejs_memory_bytes{space=~"heap_used|external"}',
        name: ({ space = '' }) => space.replace('_', ' '),
      },
      { expr: 'sum(vedette_hot_bytes)', name: 'recent samples' },
    ],
  },
  {
    title: 'Event loop lag',
    options: optionsOf('seconds'),
    queries: [
      {
        expr: 'max by (quantile) (vedette_nodejs_event_loop_lag_seconds)',
        name: ({ quantile = '' }) => `quantile ${quantile}`,
      },
    ],
  },
  {
    title: 'Samples stored',
    options: optionsOf('per second'),
    queries: [
      {
        expr: 'sum(rate(prometheus_tsdb_head_samples_appended_total[1m]))',
        name: 'samples',
        style: area,
      },
    ],
    legend: false,
  },
  {
    title: 'Scrapes',
    options: optionsOf('per second'),
    queries: [
      {
        expr: 'sum by (scrape_job) (rate(vedette_scrapes_total[1m]))',
        name: ({ scrape_job: job = '' }) => job,
        style: area,
      },
    ],
  },
  {
    title: 'Requests answered',
    options: optionsOf('per second'),
    queries: [
      {
        expr: 'sum by (code) (rate(prometheus_http_requests_total[1m]))',
        name: ({ code = '' }) => `Prometheus ${code}`,
      },
      {
        expr: 'sum by (listener) (rate(vedette_http_requests_total[1m]))',
        name: ({ listener = '' }) => listener,
      },
    ],
  },
]

/** How the program itself is, by its own metrics. */
export function HealthPage() {
  return (
    <StatusFrame title="Own health" actions={<TimePicker />}>
      <ClusterMembers />
      <div className={styles['grid']}>
        {CHARTS.map((chart) => (
          <HealthCard key={chart.title} chart={chart} />
        ))}
      </div>
    </StatusFrame>
  )
}

function HealthCard({
  chart: { title, queries, options, legend },
}: {
  readonly chart: HealthChart
}) {
  const state = useChart(queries)
  return (
    <ChartCard
      title={title}
      chart={state}
      options={options}
      heightPx={200}
      {...(legend === undefined ? {} : { legend })}
    />
  )
}
