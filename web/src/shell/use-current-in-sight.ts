import { useEffect, type RefObject } from 'react'

/** Brings the link of the page that is shown into sight, in a row of links that is wider than a phone. */
export function useCurrentInSight(row: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    row.current
      ?.querySelector('[aria-current]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [row])
}
