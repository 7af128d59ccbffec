import { useMediaQuery } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { searchTraces } from '../api/tempo.ts'
import type { Search } from '../shell/keep-time.ts'
import { Card, Page } from '../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import { TextLink } from '../shell/text-link.tsx'
import { useTime } from '../time/time-context.tsx'
import { TimePicker } from '../time/time-picker.tsx'
import { FoundList } from './found-list.tsx'
import { kindOfTraceQuery } from './query-kind.ts'
import { TraceQueryBar } from './trace-query-bar.tsx'
import { ALL_SPANS, readState, writeState, type TracesState } from './traces-state.ts'

/** Traces: searched for by a form or by TraceQL, drawn over time, listed. */
export function TracesPage() {
  const search = useSearch({ from: '__root__' })
  const written = readState(search)
  const isNarrow = useMediaQuery('(max-width: 40em)', false, { getInitialValueInEffect: false })
  const navigate = useNavigate()
  const time = useTime()
  const [draft, setDraft] = useState(written.query)
  const [known, setKnown] = useState(written.query)
  if (known !== written.query) {
    // An address with another query (a link, the way back) is another draft.
    setKnown(written.query)
    setDraft(written.query)
  }
  const change = (next: Partial<TracesState>): void =>
    void navigate({ to: '.', search: (now: Search) => writeState(now, next) })
  const run = (wanted: string): void => {
    const query = wanted.trim() === '' ? ALL_SPANS : wanted
    setDraft(query)
    time.refresh()
    change({ query })
  }
  const state = { ...written, showsForm: written.showsForm ?? !isNarrow }
  const bar = { state, draft, onDraft: setDraft, onRun: run, onChange: change }
  return (
    <Page title="Traces" actions={<TimePicker />}>
      <TraceQueryBar {...bar} />
      <Found state={state} onChange={change} />
    </Page>
  )
}

interface FoundProps {
  readonly state: TracesState
  readonly onChange: (change: Partial<TracesState>) => void
}

function Found({ state, onChange }: FoundProps) {
  const { resolved } = useTime()
  const { query, limit } = state
  const kind = kindOfTraceQuery(query)
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({
    queryKey: ['traces', query, limit, resolved.fromMs, resolved.toMs],
    queryFn: async ({ signal }) => {
      const startedMs = performance.now()
      const { traces, metrics } = await searchTraces({ query, limit, range: resolved, signal })
      return {
        traces,
        spansRead: Number(metrics.inspectedSpans),
        tookMs: performance.now() - startedMs,
      }
    },
    enabled: kind !== 'numbers' && kind !== 'trace',
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 60_000,
    structuralSharing: false,
  })
  if (kind === 'numbers') {
    return (
      <Card>
        <EmptyState title="This query makes numbers of spans">
          They are drawn in Explore.{' '}
          <TextLink to="/explore" search={{ lang: 'traceql', q: query }}>
            Open in Explore
          </TextLink>
        </EmptyState>
      </Card>
    )
  }
  if (kind === 'trace') {
    return (
      <Card>
        <EmptyState title="This is the id of a trace">
          <TextLink to={`/traces/${query.trim()}`}>Open the trace</TextLink>
        </EmptyState>
      </Card>
    )
  }
  return error !== null ? (
    <Card>
      <ErrorState error={error} onRetry={() => void refetch()} />
    </Card>
  ) : data === undefined ? (
    <Card>
      <LoadingState label="Searching" />
    </Card>
  ) : data.traces.length === 0 ? (
    <Card>
      <NothingFound isAll={query === ALL_SPANS} />
    </Card>
  ) : (
    <FoundList {...data} {...{ state, onChange, isFetching }} isOld={isPlaceholderData} />
  )
}

function NothingFound({ isAll }: { readonly isAll: boolean }) {
  return isAll ? (
    <EmptyState title="No traces">
      No span came in this range of time. Point an OpenTelemetry SDK or Collector at port 4317
      (gRPC) or 4318 (HTTP): traces are here once they are sent.
    </EmptyState>
  ) : (
    <EmptyState title="No traces">
      No span of the range is what the query asks for: a longer range or fewer conditions may help.{' '}
      <TextLink to="/traces">All traces</TextLink>
    </EmptyState>
  )
}
