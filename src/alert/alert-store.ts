import { setImmediate as nextTurn } from 'node:timers/promises'
import { messageOf } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import { isResolvedAt, mergeAlerts, type Alert } from './alert.ts'
import { BatchedWrites } from './batched-writes.ts'
import type { Clock } from './clock.ts'
import type { AlertKeep } from './keep.ts'
import type { WritePace } from './write-pace.ts'

/** What is told of each alert that came, after it was merged with what was known of it. */
export type AlertListener = (alert: Alert) => void

const ALERTS_PER_WRITE = 500

export interface AlertStoreOptions {
  readonly keep: AlertKeep
  readonly clock: Clock
  readonly log: Log
  /** Most alerts of one `alertname`; 0 is no bound (`--alerts.per-alertname-limit`). */
  readonly maxPerName: number
  readonly pace?: WritePace
  /** Others go by what is written: then also how long an alert still counts as firing is. */
  readonly isShared?: boolean
}

/** So much longer an alert must fire than others know for them to be told. */
const TOLD_AHEAD_MS = 30_000

/**
 * Every alert that fires, and those that are over until nobody needs them any more. They survive the end of the program: what
 * was accepted is delivered after a restart, and an alert that ended while the program was away is told as resolved.
 */
export class AlertStore {
  readonly #keep: AlertKeep
  readonly #clock: Clock
  readonly #log: Log
  readonly #maxPerName: number
  readonly #alerts = new Map<string, Alert>()
  /** What the database has of each alert. */
  readonly #kept = new Map<string, Alert>()
  readonly #countByName = new Map<string, number>()
  readonly #writes: BatchedWrites<Alert | { readonly forget: string }>
  readonly #isShared: boolean
  /** How many writes of an alert are under way. */
  readonly #writing = new Map<string, number>()
  #listener: AlertListener = () => undefined
  #limited = 0

  constructor({ keep, clock, log, maxPerName, pace, isShared }: AlertStoreOptions) {
    this.#keep = keep
    this.#clock = clock
    this.#log = log
    this.#maxPerName = maxPerName
    this.#isShared = isShared ?? false
    this.#writes = new BatchedWrites((items) => this.#write(items), pace)
  }

  /** How many alerts were refused for there being too many of their name. */
  get limited(): number {
    return this.#limited
  }

  /** Who is told of alerts from now on. One at a time: the dispatcher of the configuration in force. */
  listen(listener: AlertListener): void {
    this.#listener = listener
  }

  /**
   * Takes over what was kept when the program ended. An alert that fired then fires on for `graceMs`, so that it is not told as
   * resolved before its sender had time to send it again.
   */
  async restore(graceMs: number): Promise<void> {
    const nowMs = this.#clock.nowMs()
    for (const alert of await this.#keep.list()) {
      this.#kept.set(alert.fingerprint, alert)
      // One that was said to be over stays over; the others' ends were only assumed, or are from before the program ended.
      const isOver = alert.endsAtMs <= alert.updatedAtMs
      const endsAtMs = isOver ? alert.endsAtMs : Math.max(alert.endsAtMs, nowMs + graceMs)
      this.#set({ ...alert, endsAtMs, isTimeout: !isOver || alert.isTimeout })
    }
  }

  /**
   * Takes alerts: those who listen are told at once. Resolves when what must survive a restart is durable; rejects when it is
   * not, though the alerts are in force.
   */
  async put(alerts: readonly Alert[]): Promise<void> {
    const nowMs = this.#clock.nowMs()
    const writes: Promise<void>[] = []
    for (const came of alerts) {
      const known = this.#alerts.get(came.fingerprint)
      if (known === undefined && this.#isFull(came)) continue
      const alert = known === undefined ? came : mergeAlerts(known, came, nowMs)
      this.#set(alert)
      if (this.#mustKeep(alert, nowMs)) writes.push(this.#keepLater(alert))
      this.#listener(alert)
    }
    await Promise.all(writes)
  }

  /**
   * Takes what the database has, where others write too. What this member wrote itself changes nothing, and what it is about to
   * write goes before what is there.
   */
  accept(alerts: readonly Alert[]): void {
    const nowMs = this.#clock.nowMs()
    for (const stored of alerts) {
      const { fingerprint } = stored
      const kept = this.#kept.get(fingerprint)
      if (this.#writing.has(fingerprint) || (kept !== undefined && isSame(kept, stored))) continue
      this.#kept.set(fingerprint, stored)
      const known = this.#alerts.get(fingerprint)
      // One that is over and that nobody knows any more was told and forgotten.
      if (known === undefined && isResolvedAt(stored, nowMs) && kept !== undefined) continue
      const alert = known === undefined ? stored : mergeAlerts(known, stored, nowMs)
      this.#set(alert)
      this.#listener(alert)
    }
  }

  /** Alerts that fired at a time and whose end nobody said fire on for `graceMs` from now: their senders may have been away. */
  keepFiring(sinceMs: number, graceMs: number): void {
    const endsAtMs = this.#clock.nowMs() + graceMs
    for (const alert of this.#alerts.values()) {
      const isSaid = alert.endsAtMs <= alert.updatedAtMs
      if (isSaid || alert.endsAtMs < sinceMs || alert.endsAtMs >= endsAtMs) continue
      this.#alerts.set(alert.fingerprint, { ...alert, endsAtMs, isTimeout: true })
    }
  }

  get(fingerprint: string): Alert | undefined {
    return this.#alerts.get(fingerprint)
  }

  all(): Iterable<Alert> {
    return this.#alerts.values()
  }

  get size(): number {
    return this.#alerts.size
  }

  /** Forgets alerts that are over and that nobody holds, and tells which; with `alsoKept` the database forgets them too. */
  forgetResolved(isHeld: (fingerprint: string) => boolean, alsoKept = true): readonly string[] {
    const nowMs = this.#clock.nowMs()
    const forgotten: string[] = []
    for (const alert of this.#alerts.values()) {
      const { fingerprint } = alert
      if (!isResolvedAt(alert, nowMs) || isHeld(fingerprint)) continue
      forgotten.push(fingerprint)
      this.#alerts.delete(fingerprint)
      this.#count(alert, -1)
      if (!alsoKept) this.#kept.delete(fingerprint)
      else if (this.#kept.has(fingerprint)) {
        this.#writes.add({ forget: fingerprint }).catch((thrown: unknown) => {
          this.#log.warn('an alert that is over could not be forgotten; that is tried again', {
            reason: messageOf(thrown),
          })
        })
      }
    }
    return forgotten
  }

  /** Resolves when all that came is written, or could not be. */
  settle(): Promise<void> {
    return this.#writes.settle()
  }

  #set(alert: Alert): void {
    if (!this.#alerts.has(alert.fingerprint)) this.#count(alert, 1)
    this.#alerts.set(alert.fingerprint, alert)
  }

  #count(alert: Alert, change: number): void {
    const name = alert.labels.get('alertname')
    const count = (this.#countByName.get(name) ?? 0) + change
    if (count <= 0) this.#countByName.delete(name)
    else this.#countByName.set(name, count)
  }

  #isFull(alert: Alert): boolean {
    const name = alert.labels.get('alertname')
    if (this.#maxPerName <= 0 || (this.#countByName.get(name) ?? 0) < this.#maxPerName) return false
    this.#limited++
    if (this.#limited === 1 || this.#limited % 1000 === 0)
      this.#log.warn('alerts are refused: there are too many of their name', {
        alertname: name,
        limit: this.#maxPerName,
        refused: this.#limited,
      })
    return true
  }

  /**
   * An alert that comes again only to say that it still fires is not written: after a restart it comes again. Changed
   * annotations (a value in a text) are written with the next change that counts.
   */
  #mustKeep(alert: Alert, nowMs: number): boolean {
    const kept = this.#kept.get(alert.fingerprint)
    if (kept === undefined) return true
    const isOver = isResolvedAt(alert, nowMs)
    const wasOver = kept.endsAtMs <= kept.updatedAtMs
    if (isOver !== wasOver || kept.startsAtMs !== alert.startsAtMs) return true
    return this.#isShared && alert.endsAtMs - kept.endsAtMs >= TOLD_AHEAD_MS
  }

  async #keepLater(alert: Alert): Promise<void> {
    const { fingerprint } = alert
    this.#writing.set(fingerprint, (this.#writing.get(fingerprint) ?? 0) + 1)
    try {
      await this.#writes.add(alert)
    } finally {
      const left = (this.#writing.get(fingerprint) ?? 0) - 1
      if (left > 0) this.#writing.set(fingerprint, left)
      else this.#writing.delete(fingerprint)
    }
  }

  async #write(items: readonly (Alert | { readonly forget: string })[]): Promise<void> {
    const saved = new Map<string, Alert>()
    const forgotten = new Set<string>()
    for (const item of items) {
      if ('forget' in item) {
        // It may have come again meanwhile.
        if (this.#alerts.has(item.forget)) continue
        saved.delete(item.forget)
        forgotten.add(item.forget)
      } else {
        saved.set(item.fingerprint, item)
        forgotten.delete(item.fingerprint)
      }
    }
    // A storm is written in parts, between which others have their turn.
    const alerts = [...saved.values()]
    for (let i = 0; i < alerts.length; i += ALERTS_PER_WRITE) {
      const part = alerts.slice(i, i + ALERTS_PER_WRITE)
      await this.#keep.save(part, [])
      for (const alert of part) this.#kept.set(alert.fingerprint, alert)
      await nextTurn()
    }
    if (forgotten.size === 0) return
    await this.#keep.save([], [...forgotten])
    for (const fingerprint of forgotten) this.#kept.delete(fingerprint)
  }
}

function isSame(a: Alert, b: Alert): boolean {
  return (
    a.updatedAtMs === b.updatedAtMs && a.endsAtMs === b.endsAtMs && a.startsAtMs === b.startsAtMs
  )
}
