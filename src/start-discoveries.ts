import { Discoveries } from './collect/discovery/discoveries.ts'
import type { CollectCore } from './core.ts'

const known = new WeakMap<CollectCore['registry'], Discoveries>()

/** The discoveries of a running server: one for all that collect, so that jobs, logs and alerts share what they watch. */
export function discoveriesOf({ registry }: CollectCore): Discoveries {
  const found = known.get(registry) ?? new Discoveries({ registry })
  known.set(registry, found)
  return found
}
