import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Log } from '../../self/log.ts'
import { messageOf } from '../../model/problem.ts'
import type { StoredNotification } from '../../store/metadata/notification-log.ts'
import { BatchedWrites } from '../batched-writes.ts'
import type { Clock } from '../clock.ts'
import type { NotificationKeep } from '../keep.ts'
import { WritePace } from '../write-pace.ts'

const ENTRIES_PER_WRITE = 500

/** Whom an entry is about: which entry of which receiver, for which group. */
export interface LogPlace {
  readonly groupKey: string
  readonly receiver: string
  /** `slack[0]` */
  readonly integration: string
}

/** What that entry of the receiver was last told. */
export interface LogEntry {
  readonly atMs: number
  readonly firing: ReadonlySet<string>
  readonly resolved: ReadonlySet<string>
  readonly remembered: Readonly<Record<string, string>>
  readonly expiresMs: number
}

/**
 * What each receiver was told about each group, so that nobody is told twice and everybody is told that it is over. It survives
 * a restart. An entry is made after the receiver accepted, never before: who is killed in between tells once more.
 */
export class NotificationLog {
  readonly #keep: NotificationKeep
  readonly #clock: Clock
  readonly #log: Log
  readonly #entries = new Map<string, { readonly place: LogPlace; readonly entry: LogEntry }>()
  readonly #writes: BatchedWrites<StoredNotification>

  private constructor(keep: NotificationKeep, clock: Clock, log: Log, pace: WritePace) {
    this.#keep = keep
    this.#clock = clock
    this.#log = log
    this.#writes = new BatchedWrites((entries) => saveInParts(keep, entries), pace)
  }

  static async open(
    keep: NotificationKeep,
    clock: Clock,
    log: Log,
    pace = new WritePace(),
  ): Promise<NotificationLog> {
    const opened = new NotificationLog(keep, clock, log, pace)
    for (const stored of await keep.list(clock.nowMs())) {
      opened.#entries.set(keyOf(stored), { place: stored, entry: toEntry(stored) })
    }
    return opened
  }

  /**
   * Reads again what another member noted. What this one noted later, and could perhaps not write, stays and is written again.
   * Rejects when it cannot be read: then nobody may be told anything.
   */
  async reload(): Promise<void> {
    const nowMs = this.#clock.nowMs()
    const stored = new Map((await this.#keep.list(nowMs)).map((each) => [keyOf(each), each]))
    const unwritten = [...this.#entries].filter(
      ([key, { entry }]) => entry.atMs > (stored.get(key)?.atMs ?? 0) && entry.expiresMs > nowMs,
    )
    this.#entries.clear()
    for (const [key, each] of stored) this.#entries.set(key, { place: each, entry: toEntry(each) })
    for (const [key, each] of unwritten) this.#entries.set(key, each)
    await Promise.all(unwritten.map(([, { place, entry }]) => this.record(place, entry)))
  }

  get size(): number {
    return this.#entries.size
  }

  last(place: LogPlace): LogEntry | undefined {
    return this.#entries.get(keyOf(place))?.entry
  }

  /** When each entry of a receiver last accepted something that is still remembered, whatever the group. */
  lastByIntegration(receiver: string): ReadonlyMap<string, number> {
    const last = new Map<string, number>()
    for (const { place, entry } of this.#entries.values()) {
      if (place.receiver !== receiver) continue
      last.set(place.integration, Math.max(entry.atMs, last.get(place.integration) ?? 0))
    }
    return last
  }

  /**
   * Notes what was just told. In force at once, so that nobody is told twice; resolves when it is durable too. A database that
   * cannot write is logged and does not stop the next notification.
   */
  async record(place: LogPlace, told: LogEntry): Promise<void> {
    this.#entries.set(keyOf(place), { place, entry: told })
    try {
      await this.#writes.add({
        ...place,
        atMs: told.atMs,
        firing: [...told.firing],
        resolved: [...told.resolved],
        remembered: told.remembered,
        expiresMs: told.expiresMs,
      })
    } catch (thrown) {
      this.#log.error(
        'a notification was sent and cannot be noted: after a restart it is sent again',
        {
          receiver: place.receiver,
          integration: place.integration,
          reason: messageOf(thrown),
        },
      )
    }
  }

  /**
   * Forgets what is of no more use. Of a group that still has alerts nothing is forgotten: when they were suppressed for long,
   * receivers still learn that they are over.
   */
  async forgetExpired(hasAlerts: (groupKey: string) => boolean, extendMs: number): Promise<void> {
    const nowMs = this.#clock.nowMs()
    for (const [key, { place, entry }] of this.#entries) {
      if (entry.expiresMs > nowMs) continue
      if (entry.firing.size > 0 && hasAlerts(place.groupKey))
        await this.record(place, { ...entry, expiresMs: nowMs + extendMs })
      else this.#entries.delete(key)
    }
    await this.#keep.deleteBefore(nowMs)
  }

  /** Resolves when all that was recorded is written, or could not be. */
  settle(): Promise<void> {
    return this.#writes.settle()
  }
}

/** A storm is written in parts, between which others have their turn. */
async function saveInParts(
  keep: NotificationKeep,
  entries: readonly StoredNotification[],
): Promise<void> {
  for (let i = 0; i < entries.length; i += ENTRIES_PER_WRITE) {
    await keep.save(entries.slice(i, i + ENTRIES_PER_WRITE))
    if (i + ENTRIES_PER_WRITE < entries.length) await nextTurn()
  }
}

function keyOf({ groupKey, receiver, integration }: LogPlace): string {
  return `${receiver}\uffff${integration}\uffff${groupKey}`
}

function toEntry(stored: StoredNotification): LogEntry {
  const { atMs, remembered, expiresMs } = stored
  return {
    atMs,
    firing: new Set(stored.firing),
    resolved: new Set(stored.resolved),
    remembered,
    expiresMs,
  }
}
