import { randomUUID } from 'node:crypto'
import type { Labels } from '../../model/labels.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Metadata } from '../../store/metadata/metadata.ts'
import {
  deleteSilencesBefore,
  listSilences,
  saveSilences,
  type StoredMatcher,
  type StoredSilence,
} from '../../store/metadata/silences.ts'
import type { Clock } from '../clock.ts'
import {
  canUpdate,
  silences as isAbout,
  stateOf,
  toSilence,
  type Silence,
  type SilenceState,
  type WantedSilence,
} from './silence.ts'

export interface SilenceLimits {
  /** Silences, expired ones too; 0 is no bound (`--silences.max-silences`). */
  readonly maxSilences: number
  /** Of one silence; 0 is no bound (`--silences.max-silence-size-bytes`). */
  readonly maxSilenceBytes: number
  /** How long an expired silence is kept (`--data.retention`). */
  readonly retentionMs: number
}

/** What silences say about an alert. */
interface Verdict {
  readonly version: number
  /** Those that are about it and were not expired when it was looked at. */
  readonly silences: readonly Silence[]
}

/** A storm of alerts must not fill the memory with verdicts. */
const MAX_VERDICTS = 50_000

/**
 * The silences. All are in memory; each change is durable before it is answered and before it takes effect, so that nobody
 * relies on a silence that a restart would lose.
 */
export class Silences {
  readonly #metadata: Metadata
  readonly #clock: Clock
  readonly #limits: SilenceLimits
  readonly #silences = new Map<string, Silence>()
  readonly #verdicts = new Map<string, Verdict>()
  #version = 0
  /** Changes happen one after the other: each looks at what is there and then waits for the disk. */
  #changes: Promise<unknown> = Promise.resolve()

  private constructor(metadata: Metadata, clock: Clock, limits: SilenceLimits) {
    this.#metadata = metadata
    this.#clock = clock
    this.#limits = limits
  }

  /** Loads those that are kept. */
  static async open(metadata: Metadata, clock: Clock, limits: SilenceLimits): Promise<Silences> {
    const silences = new Silences(metadata, clock, limits)
    await silences.#load()
    return silences
  }

  /** Reads them again: somebody else changed some. */
  reload(): Promise<void> {
    return this.#inTurn(() => this.#load())
  }

  async #load(): Promise<void> {
    const all = await listSilences(this.#metadata)
    this.#silences.clear()
    for (const stored of all) this.#silences.set(stored.id, toSilence(stored))
    this.#verdicts.clear()
    this.#version++
  }

  /** One that is not known here may have been made by another member a moment ago. */
  async #find(id: string): Promise<StoredSilence | undefined> {
    if (id === '') return undefined
    if (!this.#silences.has(id)) await this.#load()
    return this.#silences.get(id)?.stored
  }

  /** Every silence that is kept, in no order. */
  all(): readonly StoredSilence[] {
    return [...this.#silences.values()].map(({ stored }) => stored)
  }

  get(id: string): StoredSilence | undefined {
    return this.#silences.get(id)?.stored
  }

  count(state: SilenceState): number {
    const nowMs = this.#clock.nowMs()
    let count = 0
    for (const { stored } of this.#silences.values()) if (stateOf(stored, nowMs) === state) count++
    return count
  }

  /** The ids of the silences that silence an alert now. */
  silencedBy(fingerprint: string, labels: Labels): readonly string[] {
    if (this.#silences.size === 0) return []
    const nowMs = this.#clock.nowMs()
    const active: string[] = []
    for (const { stored } of this.#verdictOn(fingerprint, labels).silences) {
      if (stateOf(stored, nowMs) === 'active') active.push(stored.id)
    }
    return active
  }

  /** The labels that a silence with these matchers is about, of those given. Throws `bad_data` for wrong matchers. */
  preview(matchers: readonly StoredMatcher[], candidates: Iterable<Labels>): readonly Labels[] {
    const silence = toSilence({ ...EMPTY, matchers: checkMatchers(matchers) })
    return [...candidates].filter((labels) => isAbout(silence, labels))
  }

  /**
   * Adds or changes a silence; resolves to its id, which is a new one when the change would alter the past. Throws `not_found`
   * for an unknown id and `bad_data` for what makes no sense or passes a limit, in the words of the original.
   */
  set(wanted: WantedSilence): Promise<string> {
    return this.#inTurn(async () => {
      const nowMs = this.#clock.nowMs()
      this.#check(wanted)
      const known = await this.#find(wanted.id)
      if (wanted.id !== '' && known === undefined)
        throw new Problem('not_found', 'silence not found')
      if (known !== undefined && canUpdate(known, wanted, nowMs)) {
        await this.#save([{ ...wanted, id: known.id, updatedAtMs: nowMs }])
        return known.id
      }
      const { maxSilences } = this.#limits
      if (maxSilences > 0 && this.#silences.size + 1 > maxSilences)
        throw new Problem(
          'bad_data',
          `exceeded maximum number of silences: ${this.#silences.size} (limit: ${maxSilences})`,
        )
      const id = randomUUID()
      const created = {
        ...wanted,
        id,
        startsAtMs: Math.max(wanted.startsAtMs, nowMs),
        updatedAtMs: nowMs,
      }
      const replaced = known === undefined ? [] : endNow(known, nowMs)
      await this.#save([...replaced, created])
      return id
    })
  }

  /** Ends a silence now; one that has ended stays as it is. Throws `not_found`. */
  expire(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const known = await this.#find(id)
      if (known === undefined) throw new Problem('not_found', 'silence not found')
      await this.#save(endNow(known, this.#clock.nowMs()))
    })
  }

  /** Forgets silences that ended longer ago than they are kept. */
  forgetExpired(): Promise<void> {
    return this.#inTurn(async () => {
      const beforeMs = this.#clock.nowMs() - this.#limits.retentionMs
      const old = [...this.#silences.values()].filter(({ stored }) => stored.endsAtMs < beforeMs)
      if (old.length === 0) return
      await deleteSilencesBefore(this.#metadata, beforeMs)
      for (const { stored } of old) this.#silences.delete(stored.id)
      this.#verdicts.clear()
      this.#version++
    })
  }

  /** Nobody asks about these alerts any more. */
  forgetAlerts(fingerprints: readonly string[]): void {
    for (const fingerprint of fingerprints) this.#verdicts.delete(fingerprint)
  }

  #verdictOn(fingerprint: string, labels: Labels): Verdict {
    const known = this.#verdicts.get(fingerprint)
    if (known?.version === this.#version) return known
    const nowMs = this.#clock.nowMs()
    const silences = [...this.#silences.values()].filter(
      (silence) => stateOf(silence.stored, nowMs) !== 'expired' && isAbout(silence, labels),
    )
    const verdict = { version: this.#version, silences }
    if (this.#verdicts.size >= MAX_VERDICTS) this.#verdicts.clear()
    this.#verdicts.set(fingerprint, verdict)
    return verdict
  }

  async #save(changed: readonly StoredSilence[]): Promise<void> {
    if (changed.length === 0) return
    const compiled = changed.map(toSilence)
    await saveSilences(this.#metadata, changed)
    for (const silence of compiled) this.#silences.set(silence.stored.id, silence)
    this.#version++
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change)
    this.#changes = result.catch(() => undefined)
    return result
  }

  #check(wanted: WantedSilence): void {
    checkMatchers(wanted.matchers)
    const { maxSilenceBytes } = this.#limits
    const sizeBytes = Buffer.byteLength(JSON.stringify(wanted))
    if (maxSilenceBytes > 0 && sizeBytes > maxSilenceBytes)
      throw new Problem(
        'bad_data',
        `silence exceeded maximum size: ${sizeBytes} bytes (limit: ${maxSilenceBytes} bytes)`,
      )
  }
}

const EMPTY: StoredSilence = {
  id: '',
  matchers: [],
  startsAtMs: 0,
  endsAtMs: 0,
  updatedAtMs: 0,
  createdBy: '',
  comment: '',
  annotations: {},
}

/** silence.go, validateSilence. */
function checkMatchers(matchers: readonly StoredMatcher[]): readonly StoredMatcher[] {
  const invalid = (why: string): Problem => new Problem('bad_data', `invalid silence: ${why}`)
  if (matchers.length === 0) throw invalid('at least one matcher required')
  for (const [i, { name }] of matchers.entries()) {
    if (name === '') throw invalid(`invalid label matcher ${i}: invalid label name ""`)
  }
  let compiled: Silence
  try {
    compiled = toSilence({ ...EMPTY, matchers })
  } catch (thrown) {
    throw invalid(messageOf(thrown))
  }
  if (compiled.matchers.every((each) => each.matches('')))
    throw invalid('at least one matcher must not match the empty string')
  return matchers
}

function endNow(known: StoredSilence, nowMs: number): StoredSilence[] {
  const state = stateOf(known, nowMs)
  switch (state) {
    case 'expired':
      return []
    case 'active':
      return [{ ...known, endsAtMs: nowMs, updatedAtMs: nowMs }]
    case 'pending':
      return [{ ...known, startsAtMs: nowMs, endsAtMs: nowMs, updatedAtMs: nowMs }]
    default:
      return state satisfies never
  }
}
