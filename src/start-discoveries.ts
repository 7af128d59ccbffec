import { Discoveries } from './collect/discovery/discoveries.ts'
import type { CollectCore } from './core.ts'
import { createRegistry } from './self/metrics.ts'

/** The metrics of a program, and the discoveries, which count in them. */
export function createRegistryAndDiscoveries(): Pick<CollectCore, 'registry' | 'discoveries'> {
  const registry = createRegistry()
  return { registry, discoveries: new Discoveries({ registry }) }
}
