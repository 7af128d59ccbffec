import { useDebouncedValue } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useRef, useState } from 'react'
import { textOf, type Search } from '../../shell/keep-time.ts'

/** Changes parts of the address, all at once; undefined takes one away. */
export function useSearchChange(): (change: Search) => void {
  const navigate = useNavigate()
  return useCallback(
    (change) =>
      void navigate({
        to: '.',
        replace: true,
        search: (now: Search) => ({ ...now, ...change }),
      }),
    [navigate],
  )
}

/** A text of the address: links show what their sender saw. The initial one stays out of it. */
export function useSearchText(
  name: string,
  initial = '',
): readonly [string, (value: string) => void] {
  const search: Search = useSearch({ strict: false })
  const change = useSearchChange()
  const set = useCallback(
    (value: string) => change({ [name]: value === initial ? undefined : value }),
    [change, name, initial],
  )
  return [textOf(search, name) ?? initial, set]
}

export interface TypedText {
  /** As it stands in the field. */
  readonly typed: string
  readonly type: (text: string) => void
  /** What to look for: the text once one stops typing. */
  readonly settled: string
}

const TYPING_MS = 250

/** A text of the address that is typed: the field is always ahead, the address follows when one stops. */
export function useTypedSearchText(name: string): TypedText {
  const [written, write] = useSearchText(name)
  const [typed, type] = useState(written)
  const [settled] = useDebouncedValue(typed, TYPING_MS)
  const ours = useRef(written)
  useEffect(() => {
    if (settled === ours.current) return
    ours.current = settled
    write(settled)
  }, [settled, write])
  useEffect(() => {
    // Somebody else changed the address: a link, or the way back.
    if (written === ours.current) return
    ours.current = written
    type(written)
  }, [written])
  return { typed, type, settled }
}
