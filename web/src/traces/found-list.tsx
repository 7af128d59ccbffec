import { Button, Loader, NativeSelect } from '@mantine/core'
import { IconArrowsDiff } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { FoundTraceJson } from '../../../src/contract/tempo.ts'
import { formatValue } from '../format/format-value.ts'
import { keepTime, type Search } from '../shell/keep-time.ts'
import { Card } from '../shell/page.tsx'
import { useTime } from '../time/time-context.tsx'
import { FoundTraces } from './found-traces.tsx'
import { sortFound } from './sort-found.ts'
import { TraceScatter } from './trace-scatter.tsx'
import { ORDERS, type TraceOrder, type TracesState } from './traces-state.ts'
import styles from './traces.module.css'

const ORDER_NAMES: Readonly<Record<TraceOrder, string>> = {
  newest: 'Newest first',
  longest: 'Longest first',
  errors: 'Most errors first',
  spans: 'Most spans first',
}

export interface FoundListProps {
  readonly traces: readonly FoundTraceJson[]
  readonly spansRead: number
  readonly tookMs: number
  readonly state: TracesState
  readonly isFetching: boolean
  /** What is shown belongs to the question before this one. */
  readonly isOld: boolean
  readonly onChange: (change: Partial<TracesState>) => void
}

/** What was found: over time, and as a list of which two can be compared. */
export function FoundList(props: FoundListProps) {
  const { traces, state, isOld, onChange } = props
  const { zone } = useTime()
  const [chosen, setChosen] = useState<readonly string[]>([])
  const sorted = useMemo(() => sortFound(traces, state.order), [traces, state.order])
  const toggle = (id: string): void =>
    setChosen((now) =>
      now.includes(id) ? now.filter((one) => one !== id) : [...now.slice(-1), id],
    )
  return (
    <>
      <Card title="Duration over time">
        <TraceScatter traces={traces} />
      </Card>
      <Card
        isFlush
        title={<Cost {...props} />}
        actions={
          <span className={styles['listActions']}>
            <CompareChosen chosen={chosen} />
            <NativeSelect
              size="xs"
              aria-label="Order"
              data={ORDERS.map((value) => ({ value, label: ORDER_NAMES[value] }))}
              value={state.order}
              onChange={({ currentTarget }) => {
                const order = ORDERS.find((known) => known === currentTarget.value)
                if (order !== undefined) onChange({ order })
              }}
            />
          </span>
        }
      >
        <div aria-busy={isOld}>
          <FoundTraces label="Traces" traces={sorted} zone={zone} choice={{ chosen, toggle }} />
        </div>
      </Card>
    </>
  )
}

function Cost({ traces, spansRead, tookMs, state, isFetching }: FoundListProps) {
  const isCut = traces.length >= state.limit
  return (
    <span role="status" className={styles['cost']}>
      {formatValue(traces.length, 'count')} {traces.length === 1 ? 'trace' : 'traces'}
      {isCut && ', the newest of more'}
      <span className={styles['dim']}>
        {formatValue(spansRead, 'count')} spans read, {formatValue(tookMs / 1000, 'seconds')}
      </span>
      {isFetching && <Loader size={12} />}
    </span>
  )
}

function CompareChosen({ chosen }: { readonly chosen: readonly string[] }) {
  const navigate = useNavigate()
  const [left, right] = chosen
  if (left === undefined) return null
  return right === undefined ? (
    <span className={styles['dim']}>Choose another one to compare</span>
  ) : (
    <Button
      variant="default"
      leftSection={<IconArrowsDiff size={14} />}
      onClick={() =>
        void navigate({
          to: '/traces/compare',
          search: (now: Search) => ({ ...keepTime(now), left, right }),
        })
      }
    >
      Compare the two
    </Button>
  )
}
