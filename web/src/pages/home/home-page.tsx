import { Select } from '@mantine/core'
import { useEffect, useMemo, useState } from 'react'
import type { LabelsJson, QueryDataJson } from '../../../../src/contract/prometheus.ts'
import { useChart } from '../../api/use-chart.ts'
import { useInstant, useProgramStatus } from '../../api/use-status.ts'
import { ChartCard } from '../../charts/chart-card.tsx'
import { Card, Page } from '../../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { useTime, type TimeModel } from '../../time/time-context.tsx'
import { TimePicker } from '../../time/time-picker.tsx'
import type { ResolvedRange } from '../../time/time-range.ts'
import { FilesystemCard } from './filesystem-card.tsx'
import styles from './home-page.module.css'
import { HOST_CHARTS, type HostChart } from './host-charts.ts'
import { firstValue } from './first-value.ts'
import { HostFacts } from './host-facts.tsx'
import { NextSteps } from './next-steps.tsx'

/** How often the page looks by itself; often while the first samples are awaited. */
const LIVE_MS = 15_000
const WAITING_MS = 2_000

/** Which host is alive and how it is, what is missing, what to do next. */
export function HomePage() {
  const time = useTime()
  const hosts = useInstant('node_uname_info', 5_000)
  const found = useMemo(() => hostsOf(hosts.data), [hosts.data])
  const [chosen, setChosen] = useState<string>()
  const host = found.find(({ instance }) => instance === chosen) ?? found[0]
  useLive(time, host === undefined ? WAITING_MS : LIVE_MS)
  return (
    <Page title="Home" actions={<TimePicker />}>
      <div className={styles['columns']}>
        <div className={styles['host']}>
          {found.length > 1 && (
            <Select
              aria-label="Host"
              data={found.map(({ instance = '', nodename = '' }) => ({
                value: instance,
                label: `${nodename} (${instance})`,
              }))}
              value={host?.instance ?? null}
              allowDeselect={false}
              onChange={(value) => value !== null && setChosen(value)}
            />
          )}
          {host === undefined ? (
            <Waiting error={hosts.error} isPending={hosts.isPending} />
          ) : (
            <Host host={host} time={time} />
          )}
        </div>
        <NextSteps />
      </div>
    </Page>
  )
}

function Waiting({
  error,
  isPending,
}: {
  readonly error: Error | null
  readonly isPending: boolean
}) {
  const { data } = useProgramStatus()
  if (error !== null && data?.ready.ok !== false) return <ErrorState error={error} />
  if (isPending) return <LoadingState label="Looking for this host" />
  return (
    <Card>
      <EmptyState title="No host yet">
        {data?.ready.ok === false
          ? `${data.ready.reason}. This page looks again by itself.`
          : 'The first samples arrive within 15 seconds of the start. If they do not, look at Status, Targets: node_exporter’s metrics come from a target of the job “node”.'}
      </EmptyState>
    </Card>
  )
}

function Host({ host, time }: { readonly host: LabelsJson; readonly time: TimeModel }) {
  const instance = `instance=${JSON.stringify(host['instance'])}`
  const range = useFilledRange(time, instance)
  return (
    <>
      <HostFacts host={host} instance={instance} />
      {range && (
        <div className={styles['charts']}>
          {HOST_CHARTS.map((chart) => (
            <HostChartCard key={chart.title} chart={chart} instance={instance} range={range} />
          ))}
          <FilesystemCard instance={instance} />
        </div>
      )}
    </>
  )
}

interface HostChartCardProps {
  readonly chart: HostChart
  readonly instance: string
  readonly range: ResolvedRange
}

function HostChartCard({ chart, instance, range }: HostChartCardProps) {
  const state = useChart(chart.queries(instance), range)
  return (
    <ChartCard
      title={chart.title}
      chart={state}
      options={chart.options}
      range={range}
      heightPx={190}
      {...(chart.legend ? { legend: chart.legend } : {})}
    />
  )
}

/** Less than this would stretch one or two samples over the whole chart. */
const LEAST_RANGE_MS = 5 * 60_000
/** A range longer than this is asked for by who knows what there is. */
const MOST_FILLED_MS = 6 * 3_600_000

/**
 * While there is less data than the range holds, only the part that has some, so that a new installation is not a blank. Undefined
 * until that is known.
 */
function useFilledRange({ resolved }: TimeModel, instance: string): ResolvedRange | undefined {
  const lengthMs = resolved.toMs - resolved.fromMs
  const isAsked = lengthMs <= MOST_FILLED_MS
  const seconds = Math.round(Math.min(lengthMs, MOST_FILLED_MS) / 1000)
  const { data, isPending } = useInstant(
    `min(min_over_time(timestamp(node_boot_time_seconds{${instance}})[${seconds}s:1m]))`,
    LIVE_MS,
  )
  // Without a minute of data there is no step of the subquery that has any.
  const oldestMs = (firstValue(data) ?? Infinity) * 1000
  return useMemo(() => {
    const { fromMs, toMs } = resolved
    if (!isAsked) return resolved
    if (isPending) return undefined
    return { fromMs: Math.max(fromMs, Math.min(oldestMs, toMs - LEAST_RANGE_MS)), toMs }
  }, [resolved, oldestMs, isAsked, isPending])
}

/** Looks again by itself unless the person has said how often, or looks at the past. */
function useLive({ refreshMs, range, refresh }: TimeModel, everyMs: number): void {
  const isLive = refreshMs === 0 && range.to === 'now'
  useEffect(() => {
    if (!isLive) return undefined
    const timer = setInterval(() => {
      if (!document.hidden) refresh()
    }, everyMs)
    return () => clearInterval(timer)
  }, [isLive, everyMs, refresh])
}

function hostsOf(data: QueryDataJson | undefined): readonly LabelsJson[] {
  return data?.resultType === 'vector' ? data.result.map(({ metric }) => metric) : []
}
