import { messageOf } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import {
  insertAudit,
  pruneAudit,
  selectAudit,
  type AuditEntry,
  type AuditQuery,
} from '../store/metadata/audit.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import type { Caller } from './principal.ts'

export interface AuditOptions {
  /** One sentence more, never a secret. */
  readonly details?: string
  readonly failed?: boolean
}

/** Entries that are kept, of what was done and of what failed. */
const KEPT_ENTRIES = 50_000
const PRUNE_EVERY = 500
/** Entries that wait while the database does not answer; later ones are only logged. */
const MAX_WAITING = 1000
const MAX_TEXT_LENGTH = 500

/** Who did what, when, from where. */
export class AuditLog {
  readonly #metadata: Metadata
  readonly #log: Log
  readonly #nowMs: () => number
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  #sincePrune = 0

  constructor(metadata: Metadata, log: Log, nowMs: () => number) {
    this.#metadata = metadata
    this.#log = log
    this.#nowMs = nowMs
  }

  /**
   * Notes what a caller did. `action` is a noun and what became of it (`silence.create`), `target` names what it was done to.
   * Written in the background and in order; a failure to write is logged and stops nobody.
   */
  record(
    { principal, address }: Caller,
    action: string,
    target: string,
    options: AuditOptions = {},
  ): void {
    const { details = '', failed = false } = options
    const entry: AuditEntry = {
      atMs: this.#nowMs(),
      actor: clean(principal.name),
      address: clean(address),
      action,
      target: clean(target),
      failed,
      details: clean(details),
    }
    this.#log.info('audit', { actor: entry.actor, address, action, target: entry.target, failed })
    if (this.#waiting >= MAX_WAITING) return
    this.#waiting++
    this.#last = this.#last.then(() => this.#write(entry))
  }

  /** The newest entries of a range, newest first; with what was recorded just now. */
  async list(query: AuditQuery): ReturnType<typeof selectAudit> {
    await this.flush()
    return selectAudit(this.#metadata, query)
  }

  /** Resolves when everything recorded so far was written, or failed to be. */
  flush(): Promise<void> {
    return this.#last
  }

  async #write(entry: AuditEntry): Promise<void> {
    try {
      await insertAudit(this.#metadata, entry)
      if (++this.#sincePrune >= PRUNE_EVERY) {
        this.#sincePrune = 0
        await pruneAudit(this.#metadata, KEPT_ENTRIES)
      }
    } catch (thrown) {
      this.#log.error('an entry of the audit log could not be kept', { reason: messageOf(thrown) })
    } finally {
      this.#waiting--
    }
  }
}

/** Parts of it come from outside. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').slice(0, MAX_TEXT_LENGTH)
}
