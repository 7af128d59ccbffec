import { ActionIcon, Tooltip } from '@mantine/core'
import { IconZoomIn, IconZoomOut } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { PatternsJson } from '../../../src/contract/loki-detected.ts'
import { gridFor, type Grid } from '../api/chart-data-of.ts'
import { ApiError } from '../api/client.ts'
import { lokiPatterns } from '../api/loki.ts'
import { Sparkline } from '../charts/sparkline.tsx'
import { formatValue } from '../format/format-value.ts'
import { Card } from '../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import { printSelector, readMatchers, withLineFilter } from './edit-query.ts'
import { LogsTabs } from './logs-tabs.tsx'
import type { LogsViewProps } from './logs-view.tsx'
import styles from './logs.module.css'

const POINTS = 60
const LEAST_STEP_MS = 10_000
const SHOWN_PATTERNS = 200

/** What the lines of the streams have in common: their texts with what varies left out, the most frequent first. */
export function PatternsView({ query, onChange, onRun }: LogsViewProps) {
  const { resolved } = useTime()
  const grid = gridFor(resolved, { points: POINTS, leastStepMs: LEAST_STEP_MS })
  const selector = printSelector(readMatchers(query))
  const { data, error, refetch } = useQuery({
    queryKey: ['log-patterns', selector, resolved.fromMs, resolved.toMs],
    queryFn: ({ signal }) => lokiPatterns(selector, resolved, grid.stepMs, signal),
    retry: false,
  })
  const isMissing = error instanceof ApiError && error.status === 404
  return (
    <Card isFlush title={<LogsTabs tab="patterns" onChange={onChange} />}>
      {isMissing ? (
        <EmptyState title="No patterns here">This server does not look for patterns.</EmptyState>
      ) : error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <LoadingState label="Looking for patterns" />
      ) : data.length === 0 ? (
        <EmptyState title="No patterns">
          There are too few lines of these streams in the range.
        </EmptyState>
      ) : (
        <PatternTable
          patterns={data}
          grid={grid}
          onPick={(pattern, isOut) => {
            const changed = withLineFilter(query, isOut ? '!>' : '|>', pattern)
            onRun(changed, { tab: 'lines' })
          }}
        />
      )}
    </Card>
  )
}

interface PatternTableProps {
  readonly patterns: PatternsJson['data']
  readonly grid: Grid
  readonly onPick: (pattern: string, isOut: boolean) => void
}

function PatternTable({ patterns, grid, onPick }: PatternTableProps) {
  const counted = patterns
    .map(({ pattern, level, samples }) => ({
      key: `${level} ${pattern}`,
      pattern,
      samples,
      count: samples.reduce((sum, [, lines]) => sum + lines, 0),
    }))
    .sort((a, b) => b.count - a.count)
  const total = counted.reduce((sum, { count }) => sum + count, 0)
  return (
    <div className={styles['patterns']} role="region" aria-label="Patterns" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Lines</th>
            <th scope="col">Share</th>
            <th scope="col">Over time</th>
            <th scope="col">Pattern</th>
          </tr>
        </thead>
        <tbody>
          {counted.slice(0, SHOWN_PATTERNS).map(({ key, pattern, samples, count }) => (
            <tr key={key}>
              <td data-number>{formatValue(count, 'count')}</td>
              <td data-number>{formatValue(count / Math.max(1, total), 'percent')}</td>
              <td>
                <Sparkline values={columnOf(samples, grid)} label={`Lines of ${pattern}`} />
              </td>
              <td>
                <PatternButton
                  label="Only lines of this pattern"
                  onClick={() => onPick(pattern, false)}
                >
                  <IconZoomIn size={14} />
                </PatternButton>
                <PatternButton
                  label="No lines of this pattern"
                  onClick={() => onPick(pattern, true)}
                >
                  <IconZoomOut size={14} />
                </PatternButton>
                <code>{pattern}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface PatternButtonProps {
  readonly label: string
  readonly onClick: () => void
  readonly children: React.ReactNode
}

function PatternButton({ label, onClick, children }: PatternButtonProps) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon variant="subtle" size={22} color="gray" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  )
}

function columnOf(
  samples: readonly (readonly [timestampS: number, lines: number])[],
  { startMs, endMs, stepMs }: Grid,
): Float64Array {
  const column = new Float64Array(Math.round((endMs - startMs) / stepMs) + 1)
  for (const [timestampS, lines] of samples) {
    const at = Math.round((timestampS * 1000 - startMs) / stepMs)
    if (at >= 0 && at < column.length) column[at] = (column[at] ?? 0) + lines
  }
  return column
}
