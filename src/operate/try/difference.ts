/** What is compared of two stacks. */
export const TRY_AREAS = [
  'targets',
  'metrics',
  'rules',
  'alerts',
  'notifications',
  'dashboards',
] as const

export type TryArea = (typeof TRY_AREAS)[number]

/** Something that the running stack says otherwise than this program. */
export interface Difference {
  readonly area: TryArea
  /** A target, a rule, a panel, …: the same at each comparison. */
  readonly place: string
  /** What it is, `there` the running stack, `here` this program. */
  readonly text: string
}

/** Something that could not be compared. */
export interface Skipped {
  readonly area: TryArea
  readonly place: string
  readonly why: string
}

/** What a comparison came to. */
export interface Comparison {
  readonly differences: readonly Difference[]
  readonly skipped: readonly Skipped[]
  /** How much of each was compared. */
  readonly compared: Readonly<Record<TryArea, number>>
}

/** Gathers a comparison. */
export class ComparisonDraft {
  readonly differences: Difference[] = []
  readonly skipped: Skipped[] = []
  readonly compared: Record<TryArea, number> = {
    targets: 0,
    metrics: 0,
    rules: 0,
    alerts: 0,
    notifications: 0,
    dashboards: 0,
  }

  differ(area: TryArea, place: string, text: string): void {
    this.differences.push({ area, place, text })
  }

  skip(area: TryArea, place: string, why: string): void {
    this.skipped.push({ area, place, why })
  }
}

/** Of two comparisons, one after the other, what both found: what was only the moment is left out. */
export function keepLasting(earlier: Comparison, later: Comparison): Comparison {
  const before = new Set(earlier.differences.map(({ area, place }) => `${area}\n${place}`))
  return {
    ...later,
    differences: later.differences.filter(({ area, place }) => before.has(`${area}\n${place}`)),
  }
}
