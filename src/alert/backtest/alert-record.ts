import type {
  BacktestAlertJson,
  BacktestSentJson,
  BacktestStateJson,
  BacktestWithheldJson,
} from '../../contract/alert-backtest.ts'
import { fingerprintOf } from '../../model/fingerprint.ts'
import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { AlertingRule } from '../rules/alerting-rule.ts'

interface Span {
  readonly state: 'pending' | 'firing'
  readonly fromMs: number
  toMs: number | undefined
}

interface AlertRecord {
  readonly labels: Labels
  readonly fingerprint: string
  readonly rule: number
  annotations: Labels
  readonly spans: Span[]
}

/** What happened to alerts, in the order in which it did. Nothing of before `fromMs` is shown. */
export class AlertRecords {
  readonly #fromMs: number
  readonly #maxAlerts: number
  /** The labels under which an alert is sent. */
  readonly #sentAs: (labels: Labels) => Labels
  readonly #records = new Map<string, AlertRecord>()
  /** Keys of those that are pending or firing, by rule. */
  readonly #open = new Map<number, Set<string>>()
  readonly #sent = new Map<string, BacktestSentJson[]>()
  readonly #withheld = new Map<string, BacktestWithheldJson[]>()

  constructor(fromMs: number, maxAlerts: number, sentAs: (labels: Labels) => Labels) {
    this.#fromMs = fromMs
    this.#maxAlerts = maxAlerts
    this.#sentAs = sentAs
  }

  /** Takes what a rule, the n-th of all, came to at an evaluation. Throws `limit`. */
  take(index: number, rule: AlertingRule, atMs: number): void {
    const open = this.#open.get(index)
    if (open === undefined && rule.state === 'inactive') return
    const seen = new Set<string>()
    for (const { labels, annotations, state } of rule.activeAlerts) {
      if (state === 'inactive') continue
      const key = `${index} ${labels.key}`
      seen.add(key)
      const record = this.#records.get(key) ?? this.#add(key, index, labels, annotations)
      record.annotations = annotations
      const last = record.spans.at(-1)
      if (last?.toMs === undefined && last?.state === state) continue
      if (last !== undefined) last.toMs ??= atMs
      record.spans.push({ state, fromMs: atMs, toMs: undefined })
    }
    for (const key of open ?? []) {
      const last = seen.has(key) ? undefined : this.#records.get(key)?.spans.at(-1)
      if (last !== undefined) last.toMs ??= atMs
    }
    if (seen.size > 0) this.#open.set(index, seen)
    else this.#open.delete(index)
  }

  noteSent(fingerprint: string, atMs: number, sent: Omit<BacktestSentJson, 'at'>): void {
    if (atMs < this.#fromMs) return
    listOf(this.#sent, fingerprint).push({ at: timeText(atMs), ...sent })
  }

  noteWithheld(fingerprint: string, atMs: number, held: Omit<BacktestWithheldJson, 'at'>): void {
    // What began before is told as of the beginning.
    const at = timeText(Math.max(atMs, this.#fromMs))
    const list = listOf(this.#withheld, fingerprint)
    if (list.at(-1)?.at === at && list.at(-1)?.receiver === held.receiver) list.pop()
    list.push({ at, ...held })
  }

  /** Those that were pending or fired since the beginning. */
  list(): readonly BacktestAlertJson[] {
    const shown: BacktestAlertJson[] = []
    for (const { labels, fingerprint, rule, annotations, spans } of this.#records.values()) {
      const states = spans.flatMap((span) => this.#stateOf(span))
      const sent = this.#sent.get(fingerprint) ?? []
      if (states.length === 0 && sent.length === 0) continue
      shown.push({
        fingerprint,
        rule,
        labels: labels.toObject(),
        annotations: annotations.toObject(),
        states,
        sent,
        withheld: this.#withheld.get(fingerprint) ?? [],
      })
    }
    // Sorting is stable: within a rule the first comes first.
    return shown.sort((a, b) => a.rule - b.rule)
  }

  #stateOf({ state, fromMs, toMs }: Span): BacktestStateJson[] {
    if (toMs !== undefined && toMs <= this.#fromMs) return []
    return [
      {
        state,
        from: timeText(Math.max(fromMs, this.#fromMs)),
        ...(toMs === undefined ? {} : { to: timeText(toMs) }),
      },
    ]
  }

  #add(key: string, rule: number, labels: Labels, annotations: Labels): AlertRecord {
    if (this.#records.size >= this.#maxAlerts) {
      throw new Problem(
        'limit',
        `more than ${this.#maxAlerts} different alerts come of these rules: narrow them down, or take a shorter time`,
      )
    }
    const fingerprint = fingerprintOf(this.#sentAs(labels))
    const record = { labels, fingerprint, rule, annotations, spans: [] }
    this.#records.set(key, record)
    return record
  }
}

function listOf<T>(lists: Map<string, T[]>, key: string): T[] {
  let list = lists.get(key)
  if (list === undefined) lists.set(key, (list = []))
  return list
}

/** RFC 3339. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
