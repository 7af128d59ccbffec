import { readdirSync, statSync } from 'node:fs'
import { hasCode, isForbidden, isMissing } from '../host/files.ts'
import { V1_CONTROLLERS, type V1Controller } from './read-v1.ts'

/** Where the control groups of a machine are. */
export type Hierarchies =
  | { readonly version: 2; readonly root: string }
  | { readonly version: 1; readonly roots: Readonly<Partial<Record<V1Controller, string>>> }

/** More groups than this are not looked at: a machine with more has another problem. */
export const MAX_GROUPS = 5000
const MAX_DEPTH = 32

/** Which hierarchies are below a folder such as /sys/fs/cgroup; undefined when there are none. */
export function findHierarchies(root: string): Hierarchies | undefined {
  if (exists(`${root}/cgroup.controllers`)) return { version: 2, root }
  const roots: Partial<Record<V1Controller, string>> = {}
  for (const controller of V1_CONTROLLERS) {
    // Both are mounted together on most machines, and the single names are links that may be missing in a container.
    const names = controller.startsWith('cpu') ? [controller, 'cpu,cpuacct'] : [controller]
    const found = names.find((name) => exists(`${root}/${name}/cgroup.procs`))
    if (found !== undefined) roots[controller] = `${root}/${found}`
  }
  return Object.keys(roots).length === 0 ? undefined : { version: 1, roots }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

interface Folder {
  readonly identity: number
  readonly children: Map<string, Folder>
}

/** A control group that exists now. */
export interface FoundGroup {
  /** From the root of its hierarchy, as cAdvisor's label `id` has it: `/system.slice/docker.service`. */
  readonly name: string
  /** Another number is another group that got the name of an earlier one. */
  readonly identity: number
}

/**
 * The groups of one hierarchy. A folder is listed only when its number of links says that something below it changed, so that a
 * scrape asks one `stat` for each group. File systems that do not count links are listed each time.
 */
export class GroupTree {
  readonly #root: string
  #top: Folder | undefined

  constructor(root: string) {
    this.#root = root
  }

  /** All groups, parents before their children; `isWhole` is false when there were more than `MAX_GROUPS`. */
  list(): { readonly groups: FoundGroup[]; readonly isWhole: boolean } {
    const groups: FoundGroup[] = []
    this.#top = this.#visit('', this.#top, groups, 0)
    return { groups, isWhole: groups.length < MAX_GROUPS }
  }

  #visit(
    name: string,
    known: Folder | undefined,
    groups: FoundGroup[],
    depth: number,
  ): Folder | undefined {
    if (groups.length >= MAX_GROUPS || depth > MAX_DEPTH) return undefined
    const path = this.#root + name
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined || !stat.isDirectory()) return undefined
    groups.push({ name: name === '' ? '/' : name, identity: stat.ino })
    const isSame = known !== undefined && known.identity === stat.ino
    const children = new Map<string, Folder>()
    let isComplete = isSame && known.children.size === stat.nlink - 2
    const visit = (child: string): void => {
      const found = this.#visit(`${name}/${child}`, known?.children.get(child), groups, depth + 1)
      if (found === undefined) isComplete = false
      else children.set(child, found)
    }
    if (isComplete) for (const child of known?.children.keys() ?? []) visit(child)
    if (!isComplete && stat.nlink !== 2) {
      for (const child of listFolders(path)) if (!children.has(child)) visit(child)
    }
    return { identity: stat.ino, children }
  }
}

function listFolders(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch (error) {
    // It ended just now, or is not ours to look into.
    if (isMissing(error) || isForbidden(error) || hasCode(error, 'ENODEV')) return []
    throw error
  }
}
