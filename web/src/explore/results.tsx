import { Text } from '@mantine/core'
import { lazy, Suspense, useMemo } from 'react'
import type { Grid } from '../api/chart-data-of.ts'
import { TimeSeriesChart } from '../charts/time-series-chart.tsx'
import type { ChartOptions, LegendOptions } from '../charts/chart-options.ts'
import type { LanguageId } from '../editor/languages.ts'
import { formatValue } from '../format/format-value.ts'
import { Card } from '../shell/page.tsx'
import { LoadingState } from '../shell/states.tsx'
import { absoluteRange } from '../time/time-range.ts'
import { useTime } from '../time/time-context.tsx'
import type { View } from './explore-state.ts'
import styles from './explore.module.css'
import { JsonView } from './json-view.tsx'
import { ResultTableView } from './result-table.tsx'
import {
  toChart,
  useInstantAnswers,
  useRangeAnswers,
  type AskedQuery,
  type ExploreAnswer,
} from './use-explore-data.ts'

/** It brings the parser with it. */
const ExplainView = lazy(async () => {
  const { ExplainView: loaded } = await import('./explain-view.tsx')
  return { default: loaded }
})

export interface ResultsProps {
  readonly asked: readonly AskedQuery[]
  readonly language: LanguageId
  readonly view: View
}

/** What the queries answer, in the view that was chosen. */
export function Results({ asked, language, view }: ResultsProps) {
  const { answers: ranges, grid } = useRangeAnswers(asked, language)
  const instants = useInstantAnswers(asked, language, view === 'table')
  const answers = view === 'table' ? instants : ranges
  const isAllPending = answers.every(({ answer, error }) => !answer && error === null)
  const isAllRefused = answers.every(({ answer, error }) => !answer && error !== null)
  return (
    <Card title={<Cost answers={answers} />}>
      <Notes answers={answers} />
      {isAllRefused ? null : isAllPending ? (
        <LoadingState label="Asking" />
      ) : view === 'graph' ? (
        <GraphView answers={answers} grid={grid} />
      ) : view === 'table' ? (
        <ResultTableView answers={answers} />
      ) : view === 'explain' ? (
        <Suspense fallback={<LoadingState />}>
          <ExplainView answers={answers} />
        </Suspense>
      ) : (
        <JsonView answers={answers} />
      )}
    </Card>
  )
}

/** How long it took and how much was read, in a line. */
function Cost({ answers }: { readonly answers: readonly ExploreAnswer[] }) {
  const done = answers.flatMap(({ answer }) => answer ?? [])
  const tookMs = Math.max(0, ...done.map((answer) => answer.tookMs))
  const read = done.reduce((sum, { stats }) => sum + (stats?.samples.samplesRead ?? 0), 0)
  const series = done.reduce(
    (sum, { data }) => sum + (data.resultType === 'scalar' ? 1 : data.result.length),
    0,
  )
  const isAsking = answers.some(({ isFetching }) => isFetching)
  if (done.length === 0) {
    return <span className={styles['cost']}>{isAsking ? 'Asking' : 'No answer'}</span>
  }
  return (
    <span className={styles['cost']} role="status">
      {formatValue(series, 'count')} series,{' '}
      {done.some(({ stats }) => stats) && `${formatValue(read, 'count')} samples read, `}
      {formatValue(tookMs / 1000, 'seconds')}
    </span>
  )
}

function Notes({ answers }: { readonly answers: readonly ExploreAnswer[] }) {
  const prefix = (letter: string): string => (answers.length > 1 ? `${letter}: ` : '')
  return (
    <ul className={styles['notes']}>
      {answers.map(({ letter, error, answer }) => (
        <NotesOfOne
          key={letter}
          prefix={prefix(letter)}
          fault={error?.message}
          notes={[...(answer?.warnings ?? []), ...(answer?.infos ?? [])]}
        />
      ))}
    </ul>
  )
}

interface NotesOfOneProps {
  readonly prefix: string
  readonly fault: string | undefined
  readonly notes: readonly string[]
}

function NotesOfOne({ prefix, fault, notes }: NotesOfOneProps) {
  return (
    <>
      {fault !== undefined && (
        <li className={styles['fault']}>
          <span role="alert">
            {prefix}
            {fault}
          </span>
        </li>
      )}
      {notes.map((note) => (
        <li key={note} className={styles['note']}>
          {prefix}
          {note}
        </li>
      ))}
    </>
  )
}

const OPTIONS: ChartOptions = { tooltip: { mode: 'all', sort: 'descending' } }
const LEGEND: LegendOptions = { mode: 'table', calcs: ['last', 'min', 'mean', 'max'] }

interface GraphViewProps {
  readonly answers: readonly ExploreAnswer[]
  readonly grid: Grid
}

function GraphView({ answers, grid }: GraphViewProps) {
  const time = useTime()
  const { data, total } = useMemo(() => toChart(answers, grid), [answers, grid])
  return (
    <>
      {total > data.series.length && (
        <Text size="sm" c="dimmed" mb="xs">
          The first {data.series.length} of {total} series are drawn; aggregate them, or choose
          fewer.
        </Text>
      )}
      <div className={styles['graph']}>
        <TimeSeriesChart
          title="Result"
          data={data}
          range={time.resolved}
          zone={time.zone}
          options={OPTIONS}
          legend={LEGEND}
          onZoom={(fromMs, toMs) => time.setRange(absoluteRange({ fromMs, toMs }))}
        />
      </div>
    </>
  )
}
