import { Button } from '@mantine/core'
import { IconDownload, IconRefresh } from '@tabler/icons-react'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { formatValue } from '../format/format-value.ts'
import { ShareButton } from '../logs/share-button.tsx'
import { textOf, type Search } from '../shell/keep-time.ts'
import { Card, Page } from '../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import { TextLink } from '../shell/text-link.tsx'
import { formatDateTime } from '../time/format-time.ts'
import { useTime } from '../time/time-context.tsx'
import { CompareButton } from './compare-button.tsx'
import { saveTrace } from './download-trace.ts'
import { ServiceKey } from './service-key.tsx'
import { readTraceId } from './trace-id.ts'
import type { Trace } from './trace-model.ts'
import styles from './traces.module.css'
import { useTrace } from './use-trace.ts'
import type { WaterfallMemory } from './use-waterfall.ts'
import { Waterfall } from './waterfall.tsx'

/** One trace: where it went, how long that took, what went wrong. */
export function TracePage() {
  const { id: written } = useParams({ from: '/shell/traces/$id' })
  const id = readTraceId(written)
  const { trace, error, isFetching, refetch } = useTrace(id ?? '')
  return (
    <Page title="Trace" actions={trace && <TraceActions trace={trace} />}>
      {id === undefined ? (
        <Card>
          <EmptyState title="This is no trace id">
            The id of a trace is up to 32 hex digits.{' '}
            <TextLink to="/traces">Search traces</TextLink>
          </EmptyState>
        </Card>
      ) : trace ? (
        <WholeTrace key={id} trace={trace} />
      ) : error === null || isFetching ? (
        <Card>
          <LoadingState label="Reading the trace" />
        </Card>
      ) : (
        <Card>
          <ErrorState error={error} onRetry={refetch} />
        </Card>
      )}
      {trace === undefined && id !== undefined && error !== null && !isFetching && (
        <p className={styles['hint']}>
          Spans come once their application sends them, which takes seconds; and how long traces are
          kept is said by the configuration.
        </p>
      )}
    </Page>
  )
}

function TraceActions({ trace }: { readonly trace: Trace }) {
  const { refetch, isFetching } = useTrace(trace.traceId)
  return (
    <>
      <CompareButton traceId={trace.traceId} />
      <Button
        variant="default"
        leftSection={<IconDownload size={15} />}
        onClick={() => saveTrace(trace)}
      >
        JSON
      </Button>
      <ShareButton />
      <Button
        variant="default"
        loading={isFetching}
        leftSection={<IconRefresh size={15} />}
        onClick={refetch}
      >
        Read again
      </Button>
    </>
  )
}

function WholeTrace({ trace }: { readonly trace: Trace }) {
  const { zone } = useTime()
  const memory = useAddress(trace)
  const size: Readonly<Record<string, string>> = { '--spans': String(trace.length) }
  return (
    <>
      <Summary trace={trace} />
      <div style={size}>
        <Card className={styles['whole']}>
          <Waterfall trace={trace} zone={zone} memory={memory} />
        </Card>
      </div>
    </>
  )
}

/** The span and the search of an address, so that a link shows what its sender saw. */
function useAddress(trace: Trace): WaterfallMemory {
  const search = useSearch({ from: '__root__' })
  const navigate = useNavigate()
  const [span = '', wanted = ''] = [textOf(search, 'span'), textOf(search, 'find')]
  const isFlame = textOf(search, 'view') === 'flame'
  return useMemo(() => {
    const write = (change: Search): void =>
      void navigate({
        to: '.',
        replace: true,
        resetScroll: false,
        search: (now: Search) => ({ ...now, ...change }),
      })
    return {
      selected: span === '' ? -1 : trace.spanIds.indexOf(span.toLowerCase()),
      onSelect: (row) => write({ span: row < 0 ? undefined : trace.spanIds[row] }),
      wanted,
      onWanted: (text) => write({ find: text === '' ? undefined : text }),
      view: isFlame ? 'flame' : 'tree',
      onView: (view) => write({ view: view === 'flame' ? view : undefined }),
    }
  }, [trace, span, wanted, isFlame, navigate])
}

function Summary({ trace }: { readonly trace: Trace }) {
  const { zone } = useTime()
  const root = trace.roots.find((row) => trace.isOrphan[row] === 0)
  const errors = trace.isError.reduce((sum, one) => sum + one, 0)
  const startMs = Number(trace.startNs / 1_000_000n)
  return (
    <Card>
      <h2 className={styles['title']}>
        {root === undefined ? (
          <span className={styles['dim']}>No root span has come</span>
        ) : (
          <>
            <span className={styles['dim']}>{trace.services[trace.service[root] ?? 0]}</span>{' '}
            {trace.names[root]}
          </>
        )}
      </h2>
      <ul className={styles['figures']}>
        <li>
          <b>{formatValue(trace.durationNs / 1e9, 'seconds')}</b>
        </li>
        <li>{formatDateTime(startMs, zone)}</li>
        <li>
          {formatValue(trace.length, 'count')} {trace.length === 1 ? 'span' : 'spans'}
        </li>
        {errors > 0 && (
          <li className={styles['bad']}>
            {formatValue(errors, 'count')} {errors === 1 ? 'error' : 'errors'}
          </li>
        )}
        {trace.roots.length > 1 && <li>{trace.roots.length} roots</li>}
        <li className={styles['id']}>{trace.traceId}</li>
      </ul>
      <ServiceKey trace={trace} />
    </Card>
  )
}
