import { buildAliases } from '../collect/aliases.ts'
import { describeContainers, findContainers } from '../collect/containers/find-runtime.ts'
import type { VedetteConfig } from '../config.ts'

/** A line for the containers of this machine, unless a job asks for them: that of the section, or one of a prometheus.yml. */
export function findContainersAround({ aliases, prometheus }: VedetteConfig): readonly string[] {
  const table = buildAliases(aliases)
  const isAskedFor = prometheus.scrapeConfigs.some(({ discovery }) =>
    discovery.static.some(({ targets }) => targets.some((one) => table.find(one) === 'cadvisor')),
  )
  const found = isAskedFor ? undefined : findContainers()
  return found === undefined ? [] : [describeContainers(found)]
}
