import { createHash } from 'node:crypto'
import path from 'node:path'
import { messageOf } from '../../model/problem.ts'
import { ALL_MINE, TAKEN_OVER_WITHIN_MS, type WorkShare } from '../../model/work-share.ts'
import { restoreAlerts } from './restore-alerts.ts'
import type { RuleGroupConfig } from './rule-config.ts'
import type { RuleDeps, RuleGroup } from './rule-group.ts'

/** How many evaluations come before the state from before a restart is looked for: the first may see too little data. */
const EVALUATIONS_BEFORE_RESTORE = 2

/** A timer may end a little before its time; what is earlier is a clock that was set back. */
const EARLY_TIMER_MS = 100

/**
 * Has a group evaluated at its slots: every interval, at an offset of its own, so that not all groups are evaluated at once.
 * One evaluation ends before the next begins; slots that pass meanwhile are left out and counted. In a cluster only the member
 * whose work the group is evaluates it; who takes it over begins with the last slot, when nobody came to it.
 */
export class GroupLoop {
  readonly group: RuleGroup
  readonly #deps: RuleDeps
  readonly #offsetMs: number
  readonly #work: WorkShare
  readonly #workKey: string
  #isMine = false
  /** Whether another member had it until a moment ago: then its state is known to the second. */
  #isTakenOver = false
  #unfollow: () => void = () => undefined
  #evaluations = 0
  #needsRestore: boolean
  #cancel: () => void = () => undefined
  #running: Promise<void> | undefined
  #isStopped = false

  constructor(group: RuleGroup, deps: RuleDeps, needsRestore: boolean) {
    this.group = group
    this.#deps = deps
    this.#needsRestore = needsRestore
    this.#offsetMs = offsetOf(group.key, group.intervalMs)
    this.#work = deps.work ?? ALL_MINE
    this.#workKey = workKeyOf(group.config)
  }

  start(): void {
    this.#isMine = this.#work.isMine(this.#workKey)
    this.#unfollow = this.#work.onChange(() => this.#follow())
    this.#waitFor(this.slotBefore(this.#deps.clock.nowMs()) + this.group.intervalMs)
  }

  /** The latest slot that is not after a moment. */
  slotBefore(atMs: number): number {
    const { intervalMs } = this.group
    return Math.floor((atMs - this.#offsetMs) / intervalMs) * intervalMs + this.#offsetMs
  }

  /** No evaluation begins after this; resolves when the one that is under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unfollow()
    this.#cancel()
    await this.#running
  }

  /** Resolves when no evaluation is under way. */
  async settled(): Promise<void> {
    await this.#running
  }

  /** The group came or went. */
  async #follow(): Promise<void> {
    const isMine = this.#work.isMine(this.#workKey)
    if (isMine === this.#isMine) return
    this.#isMine = isMine
    await this.#running
    // It may have come back, or gone again, while what was under way ended.
    if (this.#isStopped || isMine !== this.#isMine) return
    this.group.forget()
    if (!isMine) return
    const idleMs = this.#work.idleMs(this.#workKey)
    this.#needsRestore = true
    this.#isTakenOver = idleMs < TAKEN_OVER_WITHIN_MS
    this.#evaluations = 0
    const nowMs = this.#deps.clock.nowMs()
    const lastMs = this.slotBefore(nowMs)
    const isMissed = this.#isTakenOver && nowMs - lastMs < idleMs
    this.#waitFor(isMissed ? lastMs : lastMs + this.group.intervalMs)
  }

  #waitFor(slotMs: number): void {
    this.#cancel()
    if (this.#isStopped) return
    const { clock } = this.#deps
    // A clock that was set back must not make the group wait for longer than an interval.
    const delayMs = Math.min(slotMs - clock.nowMs(), this.group.intervalMs)
    this.#cancel = clock.after(delayMs, () => {
      this.#running = this.#tick(slotMs)
    })
  }

  async #tick(dueMs: number): Promise<void> {
    const { clock, log } = this.#deps
    const { intervalMs, metrics } = this.group
    if (!this.#work.isMine(this.#workKey)) {
      this.#running = undefined
      this.#waitFor(this.slotBefore(clock.nowMs()) + intervalMs)
      return
    }
    const earlyMs = dueMs - clock.nowMs()
    const isOnTime = earlyMs > 0 && earlyMs < EARLY_TIMER_MS
    const slotMs = isOnTime ? dueMs : this.slotBefore(clock.nowMs())
    const lateSlots = Math.round((slotMs - dueMs) / intervalMs)
    if (lateSlots > 0) {
      metrics.missed.inc(lateSlots)
      metrics.iterations.inc(lateSlots)
    }
    try {
      await this.#evaluate(slotMs)
    } catch (thrown) {
      // Nothing of a group rejects; should it, the group must not stand still for ever.
      log.error('a rule group cannot be evaluated', {
        group: this.group.key,
        reason: messageOf(thrown),
      })
    }
    this.#running = undefined
    this.#waitFor(slotMs + intervalMs)
  }

  async #evaluate(slotMs: number): Promise<void> {
    const isOver = (): boolean => this.#isStopped || !this.#work.isMine(this.#workKey)
    await this.group.evaluate(slotMs, isOver)
    this.#evaluations++
    const wanted = this.#isTakenOver ? 1 : EVALUATIONS_BEFORE_RESTORE
    if (!this.#needsRestore || this.#evaluations < wanted || isOver()) return
    this.#needsRestore = false
    await this.#restore()
  }

  async #restore(): Promise<void> {
    const { clock, log, settings, source } = this.#deps
    const begun = performance.now()
    // Nobody was away: an alert fires as soon as it would have, and rules with a short `for` go on too.
    const times = this.#isTakenOver ? { ...settings, forGracePeriodMs: 0 } : settings
    for (const rule of this.group.alertingRules) {
      try {
        if (!rule.isRestored) await restoreAlerts(rule, source, clock.nowMs(), times)
      } catch (thrown) {
        log.error('what alerts were doing before the start cannot be read; they begin anew', {
          alert: rule.config.name,
          reason: messageOf(thrown),
        })
      }
      rule.isRestored = true
    }
    this.group.metrics.lastRestore.set((performance.now() - begun) / 1000)
  }
}

/** Where in its interval a group is evaluated: the same after every start. */
function offsetOf(key: string, intervalMs: number): number {
  return createHash('sha256').update(key).digest().readUIntBE(0, 6) % intervalMs
}

/** The name of a group as a piece of shared work: members may have their files in different folders. */
function workKeyOf({ file, name }: RuleGroupConfig): string {
  return `rules ${path.basename(file)};${name}`
}
