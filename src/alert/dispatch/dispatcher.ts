import { messageOf } from '../../model/problem.ts'
import type { Labels } from '../../model/labels.ts'
import type { Log } from '../../self/log.ts'
import type { Alert } from '../alert.ts'
import type { Clock } from '../clock.ts'
import { AggregationGroup, type Flush, type FlushListener } from './aggregation-group.ts'
import type { DispatchRoute, MatchRoutes } from './route-match.ts'

export interface DispatcherOptions {
  readonly matchRoutes: MatchRoutes
  readonly notify: FlushListener
  readonly clock: Clock
  readonly log: Log
  /** Most groups at once; 0 is no bound. */
  readonly maxGroups: number
  /** Before this time nothing is sent: alerts gather first (`--dispatch.start-delay`). */
  readonly startAtMs: number
}

/** Sorts alerts into the groups in which they are told. One per configuration: a reload makes a new one. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  /** By route and group labels. */
  readonly #groups = new Map<string, AggregationGroup>()
  /** In how many groups each alert is. */
  readonly #held = new Map<string, number>()
  #isRunning = false
  #refused = 0
  #cancelStart: () => void = () => undefined

  constructor(options: DispatcherOptions) {
    this.#options = options
    const { clock, startAtMs } = options
    if (startAtMs <= clock.nowMs()) this.#isRunning = true
    else this.#cancelStart = clock.after(startAtMs - clock.nowMs(), () => this.#run())
  }

  /** Groups that were not made because of the bound. */
  get refused(): number {
    return this.#refused
  }

  groups(): Iterable<AggregationGroup> {
    return this.#groups.values()
  }

  get size(): number {
    return this.#groups.size
  }

  /** Whether a group still has to tell about an alert. */
  holds(fingerprint: string): boolean {
    return this.#held.has(fingerprint)
  }

  /** Puts an alert, or what is new of it, into its groups. */
  take(alert: Alert): void {
    for (const route of this.#options.matchRoutes(alert.labels)) {
      const labels = groupLabelsOf(alert.labels, route)
      const id = `${route.id}\uffff${labels.key}`
      if (this.#groups.get(id)?.insert(alert) === true) continue
      this.#createGroup(id, route, labels)?.insert(alert)
    }
  }

  /** Ends all groups; what is being sent may take `graceMs` more. */
  async stop(graceMs: number): Promise<void> {
    this.#cancelStart()
    await Promise.all([...this.#groups.values()].map((group) => group.stop(graceMs)))
  }

  #createGroup(id: string, route: DispatchRoute, labels: Labels): AggregationGroup | undefined {
    const { maxGroups, log, clock } = this.#options
    if (maxGroups > 0 && this.#groups.size >= maxGroups) {
      this.#refused++
      if (this.#refused === 1 || this.#refused % 1000 === 0)
        log.error('an alert is not told: there are too many groups', {
          limit: maxGroups,
          receiver: route.receiver,
          refused: this.#refused,
        })
      return undefined
    }
    const group: AggregationGroup = new AggregationGroup(route, labels, clock, {
      notify: (flush, signal) => this.#notify(flush, signal),
      onHeld: (fingerprint, isHeld) => this.#countHeld(fingerprint, isHeld ? 1 : -1),
      onEmpty: () => {
        if (this.#groups.get(id) === group) this.#groups.delete(id)
      },
    })
    this.#groups.set(id, group)
    if (this.#isRunning) group.start()
    return group
  }

  /** A fault of ours must not end the group: it flushes again. */
  async #notify(flush: Flush, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#options.notify(flush, signal)
    } catch (thrown) {
      this.#options.log.error('a group could not be told; that is tried again', {
        group: flush.groupKey,
        receiver: flush.route.receiver,
        reason: messageOf(thrown),
      })
      return false
    }
  }

  #countHeld(fingerprint: string, change: number): void {
    const count = (this.#held.get(fingerprint) ?? 0) + change
    if (count <= 0) this.#held.delete(fingerprint)
    else this.#held.set(fingerprint, count)
  }

  #run(): void {
    this.#isRunning = true
    for (const group of this.#groups.values()) group.start()
  }
}

function groupLabelsOf(labels: Labels, { groupBy }: DispatchRoute): Labels {
  return groupBy === 'all' ? labels : labels.keep(groupBy)
}
