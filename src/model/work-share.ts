/**
 * Which part of the work that members of a cluster divide is this one's. A piece of work is named by a text that is the same in
 * every member: a target's or a rule group's identity.
 */
export interface WorkShare {
  /**
   * Whether a piece is this member's at this moment. It is asked anew right before each step that no other member may do too: a
   * process that was stopped for a while learns by it that time has passed.
   */
  isMine(key: string): boolean
  /** Of a piece that is this member's: for how long nobody did it before it came here. `Infinity`: nobody ever did. */
  idleMs(key: string): number
  /**
   * Tells after pieces came or went. What a listener returns is waited for, within bounds, before pieces that go are given to
   * others: the work that is under way on them. The answer ends the telling.
   */
  onChange(listener: () => Promise<void> | void): () => void
}

/** Of a program that shares its work with nobody. */
export const ALL_MINE: WorkShare = {
  isMine: () => true,
  idleMs: () => Number.POSITIVE_INFINITY,
  onChange: () => () => undefined,
}

/** A piece that lay idle for less than this has been taken over, and goes on; after a longer time it begins anew. */
export const TAKEN_OVER_WITHIN_MS = 120_000
