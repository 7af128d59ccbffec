import { matcher, type Matcher } from '../../model/matcher.ts'
import type { Labels } from '../../model/labels.ts'
import type { StoredMatcher, StoredSilence } from '../../store/metadata/silences.ts'

export type SilenceState = 'pending' | 'active' | 'expired'

/** A silence with its matchers ready for use. */
export interface Silence {
  readonly stored: StoredSilence
  readonly matchers: readonly Matcher[]
}

/** What somebody asks for; without an id a new silence. */
export interface WantedSilence {
  /** '' for a new one. */
  readonly id: string
  readonly matchers: readonly StoredMatcher[]
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly createdBy: string
  readonly comment: string
  readonly annotations: Readonly<Record<string, string>>
}

/** Compiles the matchers; throws `RegexError` for a pattern that does not compile. */
export function toSilence(stored: StoredSilence): Silence {
  return {
    stored,
    matchers: stored.matchers.map(({ name, op, value }) => matcher(name, op, value)),
  }
}

/** alertmanager, silence.go: getState, to the millisecond: a silence that is ended now has ended. */
export function stateOf(
  { startsAtMs, endsAtMs }: Pick<StoredSilence, 'startsAtMs' | 'endsAtMs'>,
  nowMs: number,
): SilenceState {
  if (nowMs < startsAtMs) return 'pending'
  return nowMs >= endsAtMs ? 'expired' : 'active'
}

/** Whether the silence is about an alert of these labels. */
export function silences({ matchers }: Silence, labels: Labels): boolean {
  return matchers.every((each) => each.matches(labels.get(each.name)))
}

/**
 * Whether a silence can be changed in place without changing what it silenced in the past; otherwise the old one ends and a new
 * one begins (silence.go, canUpdate).
 */
export function canUpdate(known: StoredSilence, wanted: WantedSilence, nowMs: number): boolean {
  if (JSON.stringify(known.matchers) !== JSON.stringify(wanted.matchers)) return false
  const state = stateOf(known, nowMs)
  switch (state) {
    case 'active':
      return (
        Math.floor(known.startsAtMs / 1000) === Math.floor(wanted.startsAtMs / 1000) &&
        wanted.endsAtMs >= nowMs
      )
    case 'pending':
      return wanted.startsAtMs >= nowMs
    case 'expired':
      return false
    default:
      return state satisfies never
  }
}
