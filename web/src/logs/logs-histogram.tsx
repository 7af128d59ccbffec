import { Loader } from '@mantine/core'
import { useMemo } from 'react'
import type { ChartOptions } from '../charts/chart-options.ts'
import { TimeSeriesChart } from '../charts/time-series-chart.tsx'
import { useScheme } from '../charts/use-scheme.ts'
import { formatValue } from '../format/format-value.ts'
import { absoluteRange } from '../time/time-range.ts'
import { useTime } from '../time/time-context.tsx'
import styles from './logs.module.css'
import { histogramChart, useHistogram } from './use-histogram.ts'

const OPTIONS: ChartOptions = {
  left: { min: 0, format: (value) => formatValue(value, 'short') },
  tooltip: { mode: 'all', hidesZeros: true },
}

/** How many lines there are over time, by level; a drag chooses a part of the range. */
export function LogsHistogram({ query }: { readonly query: string }) {
  const time = useTime()
  const scheme = useScheme()
  const { data, error, isFetching } = useHistogram(query, time.resolved, true)
  const chart = useMemo(() => data && histogramChart(data, scheme), [data, scheme])
  return (
    <section className={styles['histogram']} aria-label="Lines over time">
      <p className={styles['histogramHead']} role="status">
        {error !== null
          ? `The lines could not be counted: ${error.message}`
          : data === undefined
            ? 'Counting the lines'
            : `${formatValue(data.total, 'count')} lines in the range`}
        {isFetching && <Loader size={12} />}
      </p>
      {error === null && (
        <div className={styles['histogramChart']}>
          {chart && (
            <TimeSeriesChart
              title="Lines"
              data={chart}
              range={time.resolved}
              zone={time.zone}
              options={OPTIONS}
              onZoom={(fromMs, toMs) => time.setRange(absoluteRange({ fromMs, toMs }))}
            />
          )}
        </div>
      )}
    </section>
  )
}
