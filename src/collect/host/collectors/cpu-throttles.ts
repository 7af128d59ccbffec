import { counter, type FamilyCollection } from '../families.ts'
import { isDigits } from '../fields.ts'
import { readAttribute } from '../files.ts'

const CORE_THROTTLES = counter(
  'node_cpu_core_throttles_total',
  'Number of times this CPU core has been throttled.',
)
const PACKAGE_THROTTLES = counter(
  'node_cpu_package_throttles_total',
  'Number of times this CPU package has been throttled.',
)

interface Place {
  readonly package: string
  readonly core: string
}

/** Reads thermal throttling once for each core and each package; which CPU is where is read only once, as it cannot change. */
export function countThrottles(
  folder: string,
): (out: FamilyCollection, cpus: readonly string[]) => void {
  const places = new Map<string, Place>()
  const placeOf = (cpu: string): Place | undefined => {
    let place = places.get(cpu)
    if (!place) {
      const packageId = readAttribute(`${folder}/${cpu}/topology/physical_package_id`)
      const core = readAttribute(`${folder}/${cpu}/topology/core_id`)
      if (packageId === undefined || core === undefined) return undefined
      if (!isDigits(packageId) || !isDigits(core)) return undefined
      places.set(cpu, (place = { package: packageId, core }))
    }
    return place
  }
  return (out, cpus) => {
    const done = new Set<string>()
    for (const cpu of cpus) {
      const place = placeOf(cpu)
      if (!place) continue
      const coreKey = `${place.package}/${place.core}`
      if (!done.has(coreKey)) {
        const count = readAttribute(`${folder}/${cpu}/thermal_throttle/core_throttle_count`)
        if (count !== undefined && isDigits(count)) {
          done.add(coreKey)
          out.add(CORE_THROTTLES, Number(count), ['core', place.core, 'package', place.package])
        }
      }
      if (!done.has(place.package)) {
        const count = readAttribute(`${folder}/${cpu}/thermal_throttle/package_throttle_count`)
        if (count !== undefined && isDigits(count)) {
          done.add(place.package)
          out.add(PACKAGE_THROTTLES, Number(count), ['package', place.package])
        }
      }
    }
  }
}
