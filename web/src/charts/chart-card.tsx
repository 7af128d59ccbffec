import { Loader } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ChartState } from '../api/use-chart.ts'
import { Card } from '../shell/page.tsx'
import { ErrorState, LoadingState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import { absoluteRange, type ResolvedRange } from '../time/time-range.ts'
import styles from './chart-card.module.css'
import type { ChartOptions, LegendOptions } from './chart-options.ts'
import { TimeSeriesChart } from './time-series-chart.tsx'

export interface ChartCardProps {
  readonly title: string
  readonly chart: ChartState
  readonly options?: ChartOptions
  readonly legend?: LegendOptions | false
  /** Default: the page's. */
  readonly range?: ResolvedRange
  readonly actions?: ReactNode
  readonly heightPx?: number
}

/** A chart on a card, with what there is while it has no data yet. */
export function ChartCard(props: ChartCardProps) {
  const { title, chart, options, legend, range, actions, heightPx = 220 } = props
  const time = useTime()
  const { data, error } = chart
  return (
    <Card
      title={title}
      actions={
        <span className={styles['actions']}>
          {chart.isFetching && data === undefined && <Loader size={14} />}
          {actions}
        </span>
      }
    >
      <div style={{ height: heightPx }} className={styles['body']}>
        {error !== null && data === undefined ? (
          <ErrorState error={error} onRetry={chart.refetch} />
        ) : data === undefined ? (
          <LoadingState />
        ) : (
          <TimeSeriesChart
            title={title}
            data={data}
            range={range ?? time.resolved}
            zone={time.zone}
            onZoom={(fromMs, toMs) => time.setRange(absoluteRange({ fromMs, toMs }))}
            {...(options ? { options } : {})}
            {...(legend === undefined ? {} : { legend })}
          />
        )}
      </div>
    </Card>
  )
}
