import { useEffect, useMemo } from 'react'
import { fillVariables } from '../logs/fill-variables.ts'
import { kindOf } from '../logs/edit-query.ts'
import { useTime } from '../time/time-context.tsx'
import { ExploredLines } from './explored-lines.tsx'
import { letterOf, type View } from './explore-state.ts'
import { Results } from './results.tsx'

export interface LogqlResultsProps {
  readonly queries: readonly string[]
  readonly view: View
  /** Told whether some of them are answered with numbers: only these have several views. */
  readonly onNumbers: (hasNumbers: boolean) => void
  /** Runs another query in the place of one. */
  readonly onReplace: (index: number, query: string) => void
}

/** What LogQL queries answer: lines as a list with a histogram, numbers as PromQL's are shown. */
export function LogqlResults({ queries, view, onNumbers, onReplace }: LogqlResultsProps) {
  const { resolved } = useTime()
  const rangeMs = resolved.toMs - resolved.fromMs
  const asked = useMemo(
    () =>
      queries.map((query, index) => ({
        query,
        index,
        letter: letterOf(index),
        // For what it asks does not depend on the step.
        kind: kindOf(fillVariables(query, { stepMs: 1000, rangeMs })),
      })),
    [queries, rangeMs],
  )
  // A query that cannot be read is sent all the same: the server says what is wrong.
  const numbers = asked.filter(({ kind }) => kind !== 'lines')
  const hasNumbers = numbers.length > 0
  useEffect(() => onNumbers(hasNumbers), [hasNumbers, onNumbers])
  const lines = asked.filter(({ kind }) => kind === 'lines')
  return (
    <>
      {hasNumbers && <Results asked={numbers} language="logql" view={view} />}
      {lines.map(({ query, index, letter }) => (
        <ExploredLines
          key={letter}
          query={query}
          letter={letter}
          isOnly={queries.length === 1}
          onReplace={(changed) => onReplace(index, changed)}
        />
      ))}
    </>
  )
}
