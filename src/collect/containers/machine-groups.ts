import { readTextIfPresent } from '../host/files.ts'
import { containerIdOf } from './container-id.ts'
import type { ContainersSettings } from './containers-section.ts'
import { ControlGroup } from './control-group.ts'
import {
  findHierarchies,
  GroupTree,
  MAX_GROUPS,
  type FoundGroup,
  type Hierarchies,
} from './group-tree.ts'
import { GroupGone, KernelFiles } from './kernel-files.ts'

/** Of the files that this process may have open, so many are for control groups, up to a bound. */
const HANDLES_SHARE = 1 / 4
const MOST_HANDLES = 8192

/** The control groups of a machine that are reported, kept from scrape to scrape. */
export class MachineGroups {
  readonly #settings: ContainersSettings
  readonly #files = new KernelFiles(handlesAllowed())
  readonly #groups = new Map<string, ControlGroup>()
  #hierarchies: Hierarchies | undefined
  #trees: readonly GroupTree[] = []
  /** Why not all groups are there; empty when they are. */
  fault = ''

  constructor(settings: ContainersSettings) {
    this.#settings = settings
  }

  /** The root of the unified hierarchy; undefined where the old ones are in use. */
  get unifiedRoot(): string | undefined {
    return this.#hierarchies?.version === 2 ? this.#hierarchies.root : undefined
  }

  /** The groups that exist now, parents first. Throws an Error when there are no hierarchies. */
  list(): ControlGroup[] {
    const { cgroupRoot, procRoot } = this.#settings
    this.#hierarchies ??= this.#open(findHierarchies(cgroupRoot))
    if (this.#hierarchies === undefined)
      throw new Error(`there are no control groups under ${cgroupRoot}`)
    const found = this.#find()
    for (const [name, group] of this.#groups) {
      if (found.get(name)?.identity === group.identity) continue
      group.close()
      this.#groups.delete(name)
    }
    let bootSeconds: number | undefined
    const out: ControlGroup[] = []
    for (const [name, one] of found) {
      let group = this.#groups.get(name)
      if (group === undefined) {
        bootSeconds ??= bootTimeOf(procRoot)
        group = makeGroup(one, this.#hierarchies, this.#files, bootSeconds)
        if (group === undefined) continue
        this.#groups.set(name, group)
      }
      out.push(group)
    }
    return out
  }

  close(): void {
    for (const group of this.#groups.values()) group.close()
    this.#groups.clear()
  }

  #open(hierarchies: Hierarchies | undefined): Hierarchies | undefined {
    if (hierarchies === undefined) return undefined
    const roots =
      hierarchies.version === 2 ? [hierarchies.root] : new Set(Object.values(hierarchies.roots))
    this.#trees = [...roots].map((root) => new GroupTree(root))
    return hierarchies
  }

  #find(): Map<string, FoundGroup> {
    const out = new Map<string, FoundGroup>()
    this.fault = ''
    for (const tree of this.#trees) {
      const { groups, isWhole } = tree.list()
      if (!isWhole)
        this.fault = `there are more than ${MAX_GROUPS} control groups: the rest is not read`
      for (const group of groups) {
        if (!out.has(group.name) && this.#isReported(group.name)) out.set(group.name, group)
      }
    }
    if (out.size === 0) throw new Error(`${this.#settings.cgroupRoot} cannot be read`)
    return out
  }

  /** As cAdvisor: containers, and others but mounts; what is inside of a container is its own, unless it is one, too. */
  #isReported(name: string): boolean {
    if (name === '/' || containerIdOf(name) !== undefined) return true
    const { dockerOnly, rawPrefixes } = this.#settings
    if (dockerOnly && !rawPrefixes.some((prefix) => name.startsWith(prefix))) return false
    return !name.endsWith('.mount') && !isInContainer(name)
  }
}

function isInContainer(name: string): boolean {
  for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) {
    if (containerIdOf(name.slice(0, at)) !== undefined) return true
  }
  return false
}

function makeGroup(
  found: FoundGroup,
  hierarchies: Hierarchies,
  files: KernelFiles,
  bootSeconds: number,
): ControlGroup | undefined {
  try {
    return new ControlGroup(found, hierarchies, files, bootSeconds)
  } catch (error) {
    if (error instanceof GroupGone) return undefined
    throw error
  }
}

function bootTimeOf(procRoot: string): number {
  return Number(/^btime (\d+)$/m.exec(readTextIfPresent(`${procRoot}/stat`) ?? '')?.[1] ?? 0)
}

function handlesAllowed(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readTextIfPresent('/proc/self/limits') ?? '')?.[1]
  return Math.min(MOST_HANDLES, Math.floor(Number(limit ?? 1024) * HANDLES_SHARE))
}
