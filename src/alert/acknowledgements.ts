import { messageOf, Problem } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import {
  deleteAcknowledgementsBefore,
  endAcknowledgements,
  insertAcknowledgement,
  listAcknowledgements,
  listAcknowledgementsOf,
  type Acknowledgement,
} from '../store/metadata/acknowledgements.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import type { Alert } from './alert.ts'
import type { Clock } from './clock.ts'

export interface WantedAcknowledgement {
  readonly createdBy: string
  /** '' for nobody in particular. */
  readonly assignee: string
  readonly comment: string
}

/**
 * Who takes care of which alert. While that holds the alert is not told again; it ends by itself when the alert is over, which
 * is told. So, unlike with a silence, nobody can forget it.
 */
export class Acknowledgements {
  readonly #metadata: Metadata
  readonly #clock: Clock
  readonly #log: Log
  readonly #holding = new Map<string, Acknowledgement>()

  private constructor(metadata: Metadata, clock: Clock, log: Log) {
    this.#metadata = metadata
    this.#clock = clock
    this.#log = log
  }

  static async open(metadata: Metadata, clock: Clock, log: Log): Promise<Acknowledgements> {
    const opened = new Acknowledgements(metadata, clock, log)
    await opened.reload()
    return opened
  }

  /** Reads them again: somebody else changed some. */
  async reload(): Promise<void> {
    const all = await listAcknowledgements(this.#metadata)
    this.#holding.clear()
    for (const each of all) this.#holding.set(each.fingerprint, each)
  }

  of(fingerprint: string): Acknowledgement | undefined {
    return this.#holding.get(fingerprint)
  }

  all(): readonly Acknowledgement[] {
    return [...this.#holding.values()]
  }

  /** All there were of an alert, oldest first. */
  history(fingerprint: string): Promise<readonly Acknowledgement[]> {
    return listAcknowledgementsOf(this.#metadata, fingerprint)
  }

  /** Forgets those that ended longer ago than their history is kept. */
  forgetOld(keptMs: number): Promise<void> {
    return deleteAcknowledgementsBefore(this.#metadata, this.#clock.nowMs() - keptMs)
  }

  /** Adds one, in place of the one that held. Durable when it resolves. */
  async add(alert: Alert, wanted: WantedAcknowledgement): Promise<Acknowledgement> {
    if (wanted.createdBy === '')
      throw new Problem('bad_data', 'an acknowledgement needs the name of who gives it')
    const { fingerprint, labels } = alert
    const added = await insertAcknowledgement(
      this.#metadata,
      { ...wanted, fingerprint, labels: labels.toObject() },
      this.#clock.nowMs(),
    )
    this.#holding.set(fingerprint, added)
    return added
  }

  /** Takes one back: the alert is told again. Throws `not_found`. */
  async remove(fingerprint: string): Promise<void> {
    if (!this.#holding.has(fingerprint))
      throw new Problem('not_found', 'nobody has acknowledged this alert')
    await endAcknowledgements(this.#metadata, [fingerprint], this.#clock.nowMs())
    this.#holding.delete(fingerprint)
  }

  /** Ends those whose alerts are over. */
  async endOf(isOver: (fingerprint: string) => boolean): Promise<void> {
    const over = [...this.#holding.keys()].filter(isOver)
    for (const fingerprint of over) this.#holding.delete(fingerprint)
    try {
      await endAcknowledgements(this.#metadata, over, this.#clock.nowMs())
    } catch (thrown) {
      // After a restart they are found over again.
      this.#log.warn('the end of acknowledgements cannot be noted', { reason: messageOf(thrown) })
    }
  }
}
