import { useQuery } from '@tanstack/react-query'
import { readTrace } from '../api/tempo.ts'
import { toTrace, type Trace } from './trace-model.ts'

export interface TraceState {
  /** Undefined until it is read, and where it could not be. */
  readonly trace: Trace | undefined
  readonly error: Error | null
  readonly isFetching: boolean
  readonly refetch: () => void
}

/** A trace by its id, 32 hex digits; an empty one asks for nothing. */
export function useTrace(id: string): TraceState {
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['trace', id],
    queryFn: async ({ signal }) => toTrace(id, await readTrace(id, signal)),
    enabled: id !== '',
    retry: false,
    // It is large, and hardly changes once it is here; who expects more reads it again.
    staleTime: 60_000,
    gcTime: 60_000,
    structuralSharing: false,
  })
  return { trace: data, error, isFetching, refetch: () => void refetch() }
}
