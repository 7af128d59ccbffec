import { statSync } from 'node:fs'
import type { FoundGroup, Hierarchies } from './group-tree.ts'
import { GroupGone, type GroupFiles, type KernelFiles } from './kernel-files.ts'
import { containerIdOf, podUidOf } from './container-id.ts'
import { parseIds } from './processes.ts'
import { readLimitsV1, readV1, V1_CONTROLLERS, type V1Controller, type V1Files } from './read-v1.ts'
import { readLimitsV2, readV2, type ReadOptions } from './read-v2.ts'
import { Limits, type Reading } from './reading.ts'

/** Bounds are read as often as this: they change when somebody changes them. */
const LIMITS_MS = 60_000

/** Where crun puts the processes of a container, and where systemd as its first process puts itself. */
const INNER_GROUPS = ['container', 'init.scope']

/** One control group with its files held open, from when it is first seen until it is gone. */
export class ControlGroup {
  readonly name: string
  readonly identity: number
  readonly containerId: string | undefined
  readonly podUid: string | undefined
  /** When it was made, in seconds since the Unix epoch. */
  readonly createdSeconds: number
  readonly limits = new Limits()
  readonly #unified: GroupFiles | undefined
  readonly #separate: V1Files
  readonly #folders: readonly GroupFiles[]
  #limitsMs = Number.NEGATIVE_INFINITY

  constructor(
    found: FoundGroup,
    hierarchies: Hierarchies,
    files: KernelFiles,
    bootSeconds: number,
  ) {
    this.name = found.name
    this.identity = found.identity
    this.containerId = containerIdOf(found.name)
    this.podUid = podUidOf(found.name)
    const below = found.name === '/' ? '' : found.name
    if (hierarchies.version === 2) {
      this.#unified = files.open(hierarchies.root + below)
      this.#separate = {}
      this.#folders = [this.#unified]
    } else {
      const separate: Partial<Record<V1Controller, GroupFiles>> = {}
      for (const controller of V1_CONTROLLERS) {
        const root = hierarchies.roots[controller]
        if (root !== undefined) separate[controller] = files.open(root + below)
      }
      this.#separate = separate
      this.#folders = Object.values(separate)
    }
    this.createdSeconds = Math.max(bootSeconds, madeSeconds(this.#folders))
  }

  get isRoot(): boolean {
    return this.name === '/'
  }

  /** Fills the reading and, when they are old, the bounds. Throws `GroupGone` when the group ended meanwhile. */
  read(reading: Reading, options: ReadOptions): void {
    const nowMs = performance.now()
    const isOld = nowMs - this.#limitsMs >= LIMITS_MS
    if (isOld) this.#limitsMs = nowMs
    if (this.#unified !== undefined) {
      readV2(this.#unified, reading, options)
      if (isOld) readLimitsV2(this.#unified, this.limits)
    } else {
      readV1(this.#separate, reading, options)
      if (isOld) readLimitsV1(this.#separate, this.limits)
    }
  }

  /** The processes of the group, without those of groups below it that somebody else made. */
  processes(): number[] {
    return this.#read('cgroup.procs')
  }

  /** The threads of the group, as `processes`. */
  threads(): number[] {
    return this.#read(this.#unified === undefined ? 'tasks' : 'cgroup.threads')
  }

  #read(file: string): number[] {
    for (const folder of this.#folders) {
      const text = folder.read(file)
      if (text === undefined) continue
      if (text !== '' || this.containerId === undefined) return parseIds(text)
      // In the unified hierarchy a group with groups below it has no processes; a runtime or an init makes one for them.
      const below = INNER_GROUPS.map((inner) => folder.read(`${inner}/${file}`))
      return below.flatMap(parseIds)
    }
    return []
  }

  close(): void {
    for (const folder of this.#folders) folder.close()
  }
}

/**
 * The time of a folder changes when a group is made below it, that of this file in it hardly ever: the earlier one counts, as in
 * cAdvisor. Throws `GroupGone` when there is no folder.
 */
function madeSeconds(folders: readonly GroupFiles[]): number {
  let earliestMs = Number.POSITIVE_INFINITY
  for (const { folder } of folders) {
    for (const path of [folder, `${folder}/cgroup.events`, `${folder}/cgroup.clone_children`]) {
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat !== undefined && stat.mtimeMs < earliestMs) earliestMs = stat.mtimeMs
    }
  }
  if (earliestMs === Number.POSITIVE_INFINITY) throw new GroupGone(folders[0]?.folder ?? '')
  return Math.floor(earliestMs / 1000)
}
