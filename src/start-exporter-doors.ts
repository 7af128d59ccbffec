import type { BuiltInPart } from './collect/aliases.ts'
import type { PartSource } from './collect/scrape/alias-source.ts'
import type { CollectCore } from './core.ts'
import { createExporterListener, type ExporterName } from './http/exporters.ts'
import type { Listener } from './http/listener.ts'

const PART_OF: Readonly<Record<ExporterName, BuiltInPart>> = {
  node: 'node',
  postgres: 'postgres',
  containers: 'cadvisor',
}
const NAMES = ['node', 'postgres', 'containers'] as const

/** The listeners on which other scrapers read the pages of this process; those that are off are left out. */
export function createExporterDoors(
  core: CollectCore,
  parts: ReadonlyMap<BuiltInPart, PartSource>,
): readonly (readonly [ExporterName, Listener])[] {
  const { registry, log } = core
  const { listen } = core.config()
  return NAMES.flatMap((name) => {
    const [address, page] = [listen[name], parts.get(PART_OF[name])]
    if (address === undefined || page === undefined) return []
    const doors = { page, registry, log }
    return [
      [name, createExporterListener(name, doors, { address, access: core.access() })] as const,
    ]
  })
}
