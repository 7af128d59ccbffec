import { Modal, ScrollArea, Text } from '@mantine/core'
import { formatDateTime } from '../time/format-time.ts'
import type { ChartData, ChartSeries } from './chart-data.ts'
import type { ChartFrame } from './chart-options.ts'
import styles from './chart.module.css'
import { PointsTable } from './point-card.tsx'

const MOST_ROWS = 500
const MOST_COLUMNS = 30

export interface DataTableProps {
  readonly title: string
  readonly data: ChartData
  readonly frame: ChartFrame
  readonly format: (series: ChartSeries, value: number) => string
  readonly formatPoint: (value: number) => string
  readonly onClose: () => void
}

/** The numbers of a chart, newest first. */
export function DataTable(props: DataTableProps) {
  const { title, data, frame, format, formatPoint, onClose } = props
  const series = data.series.slice(0, MOST_COLUMNS)
  const rows = Array.from(data.timesMs.keys()).reverse().slice(0, MOST_ROWS)
  const isCut = series.length < data.series.length || rows.length < data.timesMs.length
  return (
    <Modal opened onClose={onClose} title={`${title}: data`} size="90%" centered>
      <ScrollArea.Autosize mah="70vh" viewportProps={{ tabIndex: 0 }}>
        <table className={styles['dataTable']}>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {series.map(({ name }, i) => (
                <th key={i} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((at) => (
              <tr key={at}>
                <th scope="row">{formatDateTime(data.timesMs[at] ?? 0, frame.zone)}</th>
                {series.map((one, i) => (
                  <td key={i}>{cellText(one, at, format)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {data.points !== undefined && data.points.length > 0 && (
          <PointsTable points={data.points} zone={frame.zone} format={formatPoint} />
        )}
      </ScrollArea.Autosize>
      {isCut && (
        <Text size="xs" c="dimmed" mt="sm">
          The newest {rows.length} of {data.timesMs.length} times and {series.length} of{' '}
          {data.series.length} series.
        </Text>
      )}
    </Modal>
  )
}

function cellText(
  series: ChartSeries,
  at: number,
  format: (series: ChartSeries, value: number) => string,
): string {
  const value = series.values[at] ?? Number.NaN
  return Number.isNaN(value) ? '–' : format(series, value)
}
