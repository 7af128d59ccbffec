import { statSync } from 'node:fs'
import { containerIdOf } from './container-id.ts'
import { findHierarchies, GroupTree } from './group-tree.ts'
import { USUAL_SOCKETS, type RuntimeName } from './runtime-directory.ts'

const TITLES: Readonly<Record<RuntimeName, string>> = {
  docker: 'Docker',
  podman: 'Podman',
  containerd: 'containerd',
}

/** Containers that run on this machine. */
export interface FoundContainers {
  readonly count: number
  /** What they are called after, by the sockets that are there: Docker, Podman, containerd. */
  readonly runtimes: readonly string[]
}

/**
 * Looks for containers, without asking anybody: their control groups are counted, and usual sockets looked for. Undefined when
 * there is neither.
 */
export function findContainers(
  cgroupRoot = '/sys/fs/cgroup',
  sockets: Readonly<Record<RuntimeName, readonly string[]>> = USUAL_SOCKETS,
): FoundContainers | undefined {
  const runtimes = (['docker', 'podman', 'containerd'] as const).filter((name) =>
    sockets[name].some((path) => statSync(path, { throwIfNoEntry: false })?.isSocket() === true),
  )
  const count = countContainers(cgroupRoot)
  if (count === 0 && runtimes.length === 0) return undefined
  return { count, runtimes: runtimes.map((name) => TITLES[name]) }
}

/** One sentence for whoever starts the program: what was found, and how it is watched. */
export function describeContainers({ count, runtimes }: FoundContainers): string {
  const of = runtimes.length === 0 ? '' : ` of ${runtimes.join(', ')}`
  const what =
    count === 0
      ? `${runtimes.join(', ')}, with no container yet`
      : `${count} ${count === 1 ? 'container' : 'containers'}${of}`
  return `${what}; \`containers: {}\` in vedette.yml watches them (docs/collect/containers.md)`
}

function countContainers(cgroupRoot: string): number {
  try {
    const hierarchies = findHierarchies(cgroupRoot)
    if (hierarchies === undefined) return 0
    const root = hierarchies.version === 2 ? hierarchies.root : Object.values(hierarchies.roots)[0]
    const { groups } = new GroupTree(root ?? cgroupRoot).list()
    return groups.filter(({ name }) => containerIdOf(name) !== undefined).length
  } catch {
    return 0
  }
}
