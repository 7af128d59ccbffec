import { useQuery } from '@tanstack/react-query'
import { readTrace } from '../api/tempo.ts'
import { tracePath } from '../api/trace-series.ts'
import { Card } from '../shell/page.tsx'
import { ErrorState, LoadingState } from '../shell/states.tsx'
import { TextLink } from '../shell/text-link.tsx'
import { useTime } from '../time/time-context.tsx'
import { Waterfall } from '../traces/waterfall.tsx'
import { toTrace } from '../traces/trace-model.ts'
import { readTraceId } from '../traces/trace-id.ts'
import styles from './explore.module.css'

/** One trace by its id. */
export function ExploredTrace({ id, name }: { readonly id: string; readonly name: string }) {
  const { zone } = useTime()
  const { data, error, refetch } = useQuery({
    queryKey: ['trace', id],
    queryFn: async ({ signal }) => toTrace(readTraceId(id) ?? id, await readTrace(id, signal)),
    retry: false,
    gcTime: 60_000,
    structuralSharing: false,
  })
  return (
    <Card
      title={`Trace${name}`}
      actions={<TextLink to={tracePath(readTraceId(id) ?? id)}>Open its page</TextLink>}
    >
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <LoadingState label="Reading the trace" />
      ) : (
        <div className={styles['lines']}>
          <Waterfall trace={data} zone={zone} />
        </div>
      )}
    </Card>
  )
}
