import { useComputedColorScheme } from '@mantine/core'
import type { Scheme } from './palette.ts'

/**
 * The scheme that the page is in, from the first drawing on. Pages are never made on a server: what the kit does for those, saying
 * `light` at first, would have every chart of a dark page drawn twice.
 */
export function useScheme(): Scheme {
  return useComputedColorScheme('light', { getInitialValueInEffect: false })
}
