import { useMemo } from 'react'
import type { LabelSetJson } from '../../../../src/contract/alertmanager.ts'
import type { WhyRuleJson } from '../../../../src/contract/alert-why.ts'
import { useChart } from '../../api/use-chart.ts'
import type { ChartData } from '../../charts/chart-data.ts'
import type { ChartOptions, Threshold } from '../../charts/chart-options.ts'
import { TimeSeriesChart } from '../../charts/time-series-chart.tsx'
import { useScheme } from '../../charts/use-scheme.ts'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { useTime } from '../../time/time-context.tsx'
import type { ResolvedRange } from '../../time/time-range.ts'
import styles from './alerts.module.css'

export interface RuleChartProps {
  readonly rule: Pick<WhyRuleJson, 'alert' | 'query' | 'comparison'>
  /** Of the alert: series that have other values for them are left out. */
  readonly labels?: LabelSetJson
  readonly range: ResolvedRange
}

/** Read on both surfaces. */
const RED = { light: '#c02b2b', dark: '#ff8080' } as const
const CLEAR = '#00000000'
const MOST_SERIES = 30
const NO_COMPARISON = { operator: '', threshold: 0 }
const NO_OPTIONS: ChartOptions = {}

/** What a rule looks at over time, with the threshold; where it compares with no number, what it gives. */
export function RuleChart({ rule, labels, range }: RuleChartProps) {
  const { zone } = useTime()
  const scheme = useScheme()
  const { operator, threshold } = rule.comparison ?? NO_COMPARISON
  const chart = useChart([{ expr: rule.comparison?.query ?? rule.query }], range)
  const data = useMemo(() => chart.data && narrow(chart.data, labels), [chart.data, labels])
  const options = useMemo(
    () => (operator === '' ? NO_OPTIONS : thresholdOptions(operator, threshold, RED[scheme])),
    [operator, threshold, scheme],
  )
  if (chart.error !== null && !data) {
    return <ErrorState error={chart.error} onRetry={chart.refetch} />
  }
  if (!data) return <LoadingState />
  if (data.series.length === 0) {
    return <EmptyState title="No values in this time">The expression gives nothing.</EmptyState>
  }
  return (
    <div className={styles['chart']}>
      <TimeSeriesChart
        title={`${rule.alert}: ${operator === '' ? 'its expression' : 'value and threshold'}`}
        data={data}
        range={range}
        zone={zone}
        options={options}
      />
    </div>
  )
}

/** The series of the alert; all of them where none can be told to be its own. */
function narrow(data: ChartData, labels: LabelSetJson | undefined): ChartData {
  const own =
    labels === undefined
      ? []
      : data.series.filter((series) =>
          Object.entries(series.labels).every(
            ([name, value]) => labels[name] === undefined || labels[name] === value,
          ),
        )
  const shown = own.length === 0 ? data.series : own
  return { timesMs: data.timesMs, series: shown.slice(0, MOST_SERIES) }
}

/** The side on which it fires is coloured, and the axis shows the threshold. */
function thresholdOptions(operator: string, threshold: number, color: string): ChartOptions {
  const line: Threshold = { value: threshold, color }
  const clear: Threshold = { value: threshold, color: CLEAR }
  const below = (base: string): Threshold => ({ value: -Infinity, color: base })
  const isExact = operator === '==' || operator === '!='
  return {
    left: { softMin: Math.min(0, threshold), softMax: threshold > 0 ? threshold * 1.1 : threshold },
    thresholds: {
      mode: isExact ? 'line' : 'line+area',
      steps: operator.startsWith('<') ? [below(color), line, clear] : [below(CLEAR), line],
    },
  }
}
