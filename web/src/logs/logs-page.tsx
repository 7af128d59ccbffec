import { useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { lokiLabelNames } from '../api/loki.ts'
import type { Search } from '../shell/keep-time.ts'
import { Card, Page } from '../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import { TimePicker } from '../time/time-picker.tsx'
import { kindOf, printSelector } from './edit-query.ts'
import { LogsHistogram } from './logs-histogram.tsx'
import { LogsQueryBar } from './logs-query-bar.tsx'
import { readState, writeState, type LogsState } from './logs-state.ts'
import { LogsView } from './logs-view.tsx'
import { NumbersNote } from './numbers-note.tsx'
import { PatternsView } from './patterns-view.tsx'
import { LiveView } from './live-view.tsx'

/** Log lines of every stream: asked for, counted, read, followed. */
export function LogsPage() {
  const search = useSearch({ from: '__root__' })
  const state = readState(search)
  const navigate = useNavigate()
  const change = (next: Partial<LogsState>): void =>
    void navigate({ to: '.', search: (now: Search) => writeState(now, next) })
  return (
    <Page title="Logs" actions={<TimePicker />}>
      {state.query === undefined ? (
        <FirstQuery
          onFound={(query) =>
            void navigate({
              to: '.',
              replace: true,
              search: (now: Search) => writeState(now, { query }),
            })
          }
        />
      ) : (
        <Logs state={state} query={state.query} onChange={change} />
      )}
    </Page>
  )
}

/** Labels that most senders give their streams, the most telling first. */
const USUAL_LABELS = ['job', 'service_name', 'app', 'unit', 'container', 'namespace', 'host']
/** Streams that had a line in the last two days are offered. */
const LOOKED_BACK_MS = 172_800_000

/** Who comes without a query sees what there is. */
function FirstQuery({ onFound }: { readonly onFound: (query: string) => void }) {
  const [nowMs] = useState(() => Date.now())
  const { data, error, refetch } = useQuery({
    queryKey: ['log-labels', nowMs],
    queryFn: ({ signal }) =>
      lokiLabelNames({ fromMs: nowMs - LOOKED_BACK_MS, toMs: nowMs }, undefined, signal),
    // Where there are none, there may soon be some.
    refetchInterval: ({ state }) => (state.data?.length === 0 ? 5000 : false),
  })
  const first = data && (USUAL_LABELS.find((name) => data.includes(name)) ?? data[0])
  const query = first && printSelector([{ name: first, op: '=~', value: '.+' }])
  useEffect(() => {
    if (query !== undefined) onFound(query)
  })
  if (error !== null) {
    return (
      <Card>
        <ErrorState error={error} onRetry={() => void refetch()} />
      </Card>
    )
  }
  return (
    <Card>
      {data?.length === 0 ? (
        <EmptyState title="No logs yet">
          Send lines to the Loki API (promtail, Grafana Alloy, an OpenTelemetry SDK), or name a
          promtail configuration: they are shown at once when they come.
        </EmptyState>
      ) : (
        <LoadingState label="Looking for streams" />
      )}
    </Card>
  )
}

interface LogsProps {
  readonly state: LogsState
  readonly query: string
  readonly onChange: (change: Partial<LogsState>) => void
}

function Logs({ state: written, query, onChange }: LogsProps) {
  const time = useTime()
  const [draft, setDraft] = useState(query)
  const [known, setKnown] = useState(query)
  if (known !== query) {
    // An address with another query (a link, the way back) is another draft.
    setKnown(query)
    setDraft(query)
  }
  const kind = useMemo(() => kindOf(query), [query])
  const isNarrow = useMediaQuery('(max-width: 40em)', false, { getInitialValueInEffect: false })
  const state = {
    ...written,
    wraps: written.wraps ?? isNarrow,
    showsFields: written.showsFields ?? !isNarrow,
  }
  const look = {
    wraps: state.wraps,
    hidesTime: state.hidesTime,
    labels: state.labels,
  }
  const run = (wanted: string, others: Partial<LogsState> = {}): void => {
    setDraft(wanted)
    time.refresh()
    onChange({ ...others, query: wanted })
  }
  const props = { state, query, look, onChange, onRun: run }
  return (
    <>
      <LogsQueryBar
        {...{ state, draft, look, onChange }}
        onDraft={setDraft}
        onRun={run}
        canFollow={kind === 'lines'}
      />
      {query.trim() === '' ? (
        <Card>
          <EmptyState title="Ask for something">
            Choose streams with the builder, or write a query and press Ctrl Enter.
          </EmptyState>
        </Card>
      ) : kind === 'numbers' ? (
        <NumbersNote query={query} />
      ) : state.isLive ? (
        <LiveView {...props} />
      ) : (
        <>
          {kind === 'lines' && (
            <Card>
              <LogsHistogram query={query} />
            </Card>
          )}
          {state.tab === 'patterns' ? <PatternsView {...props} /> : <LogsView {...props} />}
        </>
      )}
    </>
  )
}
