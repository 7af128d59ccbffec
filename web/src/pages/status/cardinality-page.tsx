import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { NameCountJson, TsdbStatusJson } from '../../../../src/contract/prometheus.ts'
import { useChart, type ChartQuery } from '../../api/use-chart.ts'
import { useTsdbStatus } from '../../api/use-status.ts'
import { ChartCard } from '../../charts/chart-card.tsx'
import type { ChartOptions } from '../../charts/chart-options.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import { ErrorState, LoadingState } from '../../shell/states.tsx'
import { TextLink } from '../../shell/text-link.tsx'
import { TimePicker } from '../../time/time-picker.tsx'
import { StatusFrame } from './status-frame.tsx'
import styles from './status.module.css'

const MOST_SHOWN = 15

const GROWTH: readonly ChartQuery[] = [
  { expr: 'max(prometheus_tsdb_head_series)', name: 'series', style: { fillOpacity: 0.14 } },
]
const COUNT: ChartOptions = {
  left: { min: 0, format: (value) => formatValue(value, 'short') },
}

/** Which metrics and labels make the most series, and how their number grows. */
export function CardinalityPage() {
  const { data, error, refetch } = useTsdbStatus(MOST_SHOWN)
  const growth = useChart(GROWTH)
  return (
    <StatusFrame title="Cardinality" actions={<TimePicker />}>
      <ChartCard title="Series" chart={growth} options={COUNT} legend={false} heightPx={160} />
      {error !== null && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <LoadingState />}
      {data && <Tables data={data} />}
    </StatusFrame>
  )
}

function Tables({ data }: { readonly data: TsdbStatusJson }) {
  const { numSeries, numLabelPairs } = data.headStats
  return (
    <>
      <Text size="sm" c="dimmed">
        {formatValue(numSeries, 'count')} series with {formatValue(numLabelPairs, 'count')} pairs of
        label and value
      </Text>
      <div className={styles['grid']}>
        <CountTable
          title="Series by metric"
          head="Metric"
          rows={data.seriesCountByMetricName}
          total={numSeries}
          linkOf={(name) => `{__name__=${JSON.stringify(name)}}`}
        />
        <CountTable
          title="Values by label"
          head="Label"
          rows={data.labelValueCountByLabelName}
          linkOf={(name) => `count by (${name}) ({${name}!=""})`}
        />
        <CountTable
          title="Series by label and value"
          head="Label and value"
          rows={data.seriesCountByLabelValuePair}
          total={numSeries}
          linkOf={selectorOfPair}
        />
        <CountTable
          title="Memory by label"
          head="Label"
          rows={data.memoryInBytesByLabelName}
          format={(value) => formatValue(value, 'bytes')}
        />
      </div>
    </>
  )
}

/** `name=value`, of which the first `=` divides. */
function selectorOfPair(pair: string): string {
  const at = pair.indexOf('=')
  return `count by (__name__) ({${pair.slice(0, at)}=${JSON.stringify(pair.slice(at + 1))}})`
}

interface CountTableProps {
  readonly title: string
  readonly head: string
  readonly rows: readonly NameCountJson[]
  /** What a full bar is; default: the largest row. */
  readonly total?: number
  readonly format?: (value: number) => string
  /** The query that shows a row's series. */
  readonly linkOf?: (name: string) => string
}

function CountTable({ title, head, rows, total, format = asCount, linkOf }: CountTableProps) {
  const full = total ?? Math.max(1, ...rows.map(({ value }) => value))
  const nameOf = (name: string): ReactNode =>
    linkOf ? (
      <TextLink to="/explore" search={{ q: linkOf(name), view: 'table' }}>
        {name}
      </TextLink>
    ) : (
      name
    )
  return (
    <Card title={title} isFlush>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">{head}</th>
            <th scope="col" data-number>
              Count
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, value }) => (
            <tr key={name}>
              <td className={`${styles['url']} ${styles['share']}`}>
                <span
                  className={styles['bar']}
                  style={{ width: `${Math.min(100, (value / full) * 100).toFixed(1)}%` }}
                />
                {nameOf(name)}
              </td>
              <td data-number>{format(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  )
}

function asCount(value: number): string {
  return formatValue(value, 'count')
}
