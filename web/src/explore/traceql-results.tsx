import { useEffect, useMemo } from 'react'
import { kindOfTraceQuery } from '../traces/query-kind.ts'
import { letterOf, type View } from './explore-state.ts'
import { ExploredTrace } from './explored-trace.tsx'
import { ExploredTraces } from './explored-traces.tsx'
import { Results } from './results.tsx'

export interface TraceqlResultsProps {
  readonly queries: readonly string[]
  readonly view: View
  /** Told whether some of them are answered with numbers: only these have several views. */
  readonly onNumbers: (hasNumbers: boolean) => void
}

/** What TraceQL queries answer: traces as a table, one trace by its id, numbers as PromQL's are shown. */
export function TraceqlResults({ queries, view, onNumbers }: TraceqlResultsProps) {
  const asked = useMemo(
    () =>
      queries.map((query, index) => ({
        query,
        letter: letterOf(index),
        kind: kindOfTraceQuery(query),
      })),
    [queries],
  )
  const numbers = asked.filter(({ kind }) => kind === 'numbers')
  const hasNumbers = numbers.length > 0
  useEffect(() => onNumbers(hasNumbers), [hasNumbers, onNumbers])
  return (
    <>
      {hasNumbers && <Results asked={numbers} language="traceql" view={view} />}
      {asked.map(({ query, letter, kind }) => {
        const name = queries.length === 1 ? '' : ` of ${letter}`
        if (kind === 'numbers') return null
        if (kind === 'trace') return <ExploredTrace key={letter} id={query.trim()} name={name} />
        // A query that cannot be read is sent all the same: the server says what is wrong.
        return <ExploredTraces key={letter} query={query} name={name} />
      })}
    </>
  )
}
