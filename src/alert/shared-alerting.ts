import { messageOf } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import { listAlertsChangedSince, type StoredAlert } from '../store/metadata/active-alerts.ts'
import { readAlertingVersions } from '../store/metadata/alerting-versions.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import type { Clock } from './clock.ts'

/** So soon what one member of a cluster changed is known to the others, and a little later at most. */
const LOOK_EVERY_MS = 1000

export interface SharedAlertingOptions {
  readonly metadata: Metadata
  readonly clock: Clock
  readonly log: Log
  /** Alerts that this member or another wrote; the same one may come several times. */
  readonly onAlerts: (alerts: readonly StoredAlert[]) => void
  readonly onSilences: () => Promise<void>
  readonly onAcknowledgements: () => Promise<void>
  /** Called each time, last. */
  readonly onLook: () => Promise<void>
}

/** Looks every second for what other members changed of alerts, silences and acknowledgements. */
export class SharedAlerting {
  readonly #options: SharedAlertingOptions
  #horizon = 0
  #silences = ''
  #acknowledgements = ''
  #running: Promise<void> = Promise.resolve()
  #cancel: () => void = () => undefined
  #isStopped = false
  #isFailing = false

  constructor(options: SharedAlertingOptions) {
    this.#options = options
  }

  start(): void {
    this.#plan()
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#running
  }

  #plan(): void {
    if (this.#isStopped) return
    this.#cancel = this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#running = this.#tryLook()
    })
  }

  async #tryLook(): Promise<void> {
    try {
      await this.#look()
      this.#isFailing = false
    } catch (thrown) {
      if (!this.#isFailing)
        this.#options.log.warn('what other members changed cannot be read; that is tried again', {
          reason: messageOf(thrown),
        })
      this.#isFailing = true
    } finally {
      this.#plan()
    }
  }

  async #look(): Promise<void> {
    const { metadata, onAlerts, onSilences, onAcknowledgements, onLook } = this.#options
    const { silences, acknowledgements, horizon } = await readAlertingVersions(metadata)
    const alerts = await listAlertsChangedSince(metadata, this.#horizon)
    if (alerts.length > 0) onAlerts(alerts)
    this.#horizon = horizon
    if (silences !== this.#silences) await onSilences()
    this.#silences = silences
    if (acknowledgements !== this.#acknowledgements) await onAcknowledgements()
    this.#acknowledgements = acknowledgements
    await onLook()
  }
}
