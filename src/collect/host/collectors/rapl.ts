import { NoData, type CollectorKind } from '../collector.ts'
import { counter, type FamilyHead } from '../families.ts'
import { parseCount } from '../fields.ts'
import { isForbidden, isMissing, listNames, readAttribute, readText } from '../files.ts'

const ALL = counter('node_rapl_joules_total', 'Current RAPL value in joules')

interface Zone {
  readonly name: string
  readonly index: number
  readonly path: string
}

/** `package-0` has its index in the name; of names without one, the n-th has the index n. */
function listZones(folder: string): Zone[] {
  const used = new Map<string, number>()
  const zones: Zone[] = []
  for (const entry of listNames(folder)) {
    const path = `${folder}/${entry}`
    const full = readAttribute(`${path}/name`)
    if (full === undefined) continue
    const found = /^([^-]*)-(\d+)$/.exec(full)
    const name = found?.[1] ?? full
    const index = found ? Number(found[2]) : (used.get(name) ?? 0)
    used.set(name, index + 1)
    zones.push({ name, index, path })
  }
  return zones
}

export const rapl: CollectorKind = {
  name: 'rapl',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.sysfs}/class/powercap`
    const heads = new Map<string, FamilyHead>()
    const headOf = (name: string): FamilyHead => {
      let head = heads.get(name)
      if (!head) {
        const clean = name.replace(/_*[^0-9A-Za-z_]+_*/g, '_')
        head = counter(`node_rapl_${clean}_joules_total`, `Current RAPL ${name} value in joules`)
        heads.set(name, head)
      }
      return head
    }
    return (out) => {
      try {
        for (const { name, index, path } of listZones(folder)) {
          const joules = parseCount(readText(`${path}/energy_uj`).trim(), path) / 1_000_000
          const labels = ['index', String(index), 'path', path]
          if (options.rapl.zoneLabel) out.add(ALL, joules, [...labels, 'rapl_zone', name])
          else out.add(headOf(name), joules, labels)
        }
      } catch (error) {
        // Since Linux 5.10 only root may read the energy.
        if (isMissing(error) || isForbidden(error)) throw new NoData('powercap cannot be read')
        throw error
      }
    }
  },
}
