import type { MetricFamily } from '../../model/metric-family.ts'
import { Problem } from '../../model/problem.ts'
import type { GroupFiles } from './group-files.ts'
import { groupKey, type GroupLabels } from './group-labels.ts'

/** What was pushed last under the labels of a group. */
export interface PushedGroup {
  readonly labels: GroupLabels
  readonly families: ReadonlyMap<string, MetricFamily>
  /** 0: never. */
  readonly pushedMs: number
  readonly failedMs: number
}

export interface PushLimits {
  /** Series of all groups together. */
  readonly maxSeries: number
}

const DEFAULT_LIMITS: PushLimits = { maxSeries: 100_000 }
const PUSHED = 'push_time_seconds'
const FAILED = 'push_failure_time_seconds'

/** The groups of a Pushgateway. What was acknowledged is on disk. */
export class PushedGroups {
  readonly #groups: Map<string, PushedGroup>
  readonly #files: GroupFiles
  readonly #limits: PushLimits
  /** One change after the other, so that what is checked is what it is added to. */
  #turn: Promise<void> = Promise.resolve()

  private constructor(groups: readonly PushedGroup[], files: GroupFiles, limits: PushLimits) {
    this.#groups = new Map(groups.map((group) => [groupKey(group.labels), group]))
    this.#files = files
    this.#limits = limits
  }

  static async open(files: GroupFiles, limits = DEFAULT_LIMITS): Promise<PushedGroups> {
    return new PushedGroups(await files.read(), files, limits)
  }

  list(): readonly PushedGroup[] {
    return [...this.#groups.values()]
  }

  /**
   * Takes a push: `replace` forgets all that the group had (PUT), otherwise only families of the same names are replaced (POST).
   * Throws a `Problem` of code `bad_data` for what does not go with what others pushed.
   */
  push(
    labels: GroupLabels,
    families: readonly MetricFamily[],
    options: { readonly replace: boolean; readonly nowMs: number },
  ): Promise<void> {
    return this.#change(async () => {
      const key = groupKey(labels)
      const before = this.#groups.get(key)
      const kept = options.replace ? [] : [...(before?.families.values() ?? [])]
      const next = new Map([...kept, ...families].map((family) => [family.name, family]))
      this.#check(key, next)
      await this.#keep({
        labels,
        families: next,
        pushedMs: options.nowMs,
        failedMs: before?.failedMs ?? 0,
      })
    })
  }

  /** Notes that a push of the group was refused. */
  fail(labels: GroupLabels, nowMs: number): Promise<void> {
    return this.#change(() => {
      const before = this.#groups.get(groupKey(labels))
      const { families = new Map<string, MetricFamily>(), pushedMs = 0 } = before ?? {}
      return this.#keep({ labels, families, pushedMs, failedMs: nowMs })
    })
  }

  remove(labels: GroupLabels): Promise<void> {
    return this.#change(async () => {
      const key = groupKey(labels)
      if (!this.#groups.has(key)) return
      await this.#files.remove(key)
      this.#groups.delete(key)
    })
  }

  removeAll(): Promise<void> {
    return this.#change(async () => {
      for (const key of this.#groups.keys()) await this.#files.remove(key)
      this.#groups.clear()
    })
  }

  /** All families of all groups, each once, with the times of the groups' pushes. */
  families(): MetricFamily[] {
    const all = new Map<string, MetricFamily>()
    for (const group of this.#groups.values()) {
      for (const family of [...group.families.values(), ...timesOf(group)]) {
        const known = all.get(family.name)
        all.set(
          family.name,
          known === undefined
            ? family
            : { ...known, metrics: [...known.metrics, ...family.metrics] },
        )
      }
    }
    return [...all.values()].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  }

  async #change(change: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(change)
    this.#turn = run.catch(() => undefined)
    return run
  }

  async #keep(group: PushedGroup): Promise<void> {
    const key = groupKey(group.labels)
    await this.#files.write(key, group)
    this.#groups.set(key, group)
  }

  /** The same name has one type everywhere, and no series stands in two groups (Pushgateway's consistency check). */
  #check(key: string, next: ReadonlyMap<string, MetricFamily>): void {
    let series = countOf(next)
    const own = new Set<string>()
    for (const family of next.values()) for (const id of idsOf(family)) own.add(id)
    for (const name of [PUSHED, FAILED]) {
      if (next.has(name)) throw inconsistent(`${name} is written by the gateway itself`)
    }
    for (const [other, { families }] of this.#groups) {
      if (other === key) continue
      series += countOf(families)
      for (const [name, family] of next) {
        const theirs = families.get(name)
        if (theirs === undefined) continue
        if (theirs.type !== family.type)
          throw inconsistent(
            `${name} is a ${family.type} here and a ${theirs.type} in another group`,
          )
        if (idsOf(theirs).some((id) => own.has(id)))
          throw inconsistent(`a series of ${name} stands in another group with the same labels`)
      }
    }
    if (series > this.#limits.maxSeries)
      throw new Problem('bad_data', `more than ${this.#limits.maxSeries} series in all groups`)
  }
}

function inconsistent(reason: string): Problem {
  return new Problem(
    'bad_data',
    `pushed metrics are invalid or inconsistent with existing metrics: ${reason}`,
  )
}

function countOf(families: ReadonlyMap<string, MetricFamily>): number {
  let count = 0
  for (const { metrics } of families.values()) count += metrics.length
  return count
}

function idsOf({ name, metrics }: MetricFamily): string[] {
  return metrics.map(({ suffix, labels }) => JSON.stringify([name, suffix, labels]))
}

function timesOf({ labels, pushedMs, failedMs }: PushedGroup): MetricFamily[] {
  const sorted = [...labels].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const own = labels.some(([name]) => name === 'instance') ? sorted : [['instance', ''], ...sorted]
  const time = (name: string, help: string, timeMs: number): MetricFamily => ({
    ...{ name, help, type: 'gauge' as const },
    metrics: [{ labels: own.flat(), value: timeMs / 1000 }],
  })
  return [
    time(PUSHED, 'Last Unix time when changing this group in the Pushgateway succeeded.', pushedMs),
    time(FAILED, 'Last Unix time when changing this group in the Pushgateway failed.', failedMs),
  ]
}
