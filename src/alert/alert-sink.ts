import type { Labels } from '../model/labels.ts'

/** An alert as it is handed to an Alertmanager: one that fires, or one that is resolved. */
export interface PostedAlert {
  /** What it is told by; `alertname` among them. */
  readonly labels: Labels
  readonly annotations: Labels
  /** Since when it fires. */
  readonly startsAtMs: number
  /** When it was resolved, or until when it counts as firing unless it is put again before. Undefined: for the taker to say. */
  readonly endsAtMs: number | undefined
  /** Where a person sees the expression behind it; '' when there is no such place. */
  readonly generatorUrl: string
}

/** Takes alerts that fire or are resolved; the same ones come again and again while they do. */
export interface AlertSink {
  /** Takes them at once and never throws: what fails later is the taker's to log and to count. */
  put(alerts: readonly PostedAlert[]): void
}
