/** What doctor looks at. */
export const AREAS = [
  'configuration',
  'rules',
  'dashboards',
  'pipelines',
  'this machine',
  'the server',
] as const

export type Area = (typeof AREAS)[number]

/** How grave it is: what is wrong, what a person should look at, and what is only told. */
export type Gravity = 'fault' | 'advice' | 'note'

/** Something that was found. */
export interface Finding {
  readonly area: Area
  readonly gravity: Gravity
  /** `file:line:col`, a dashboard and its panel, a target, …; '' for none. */
  readonly place: string
  /** What it is, and what to do about it. */
  readonly text: string
}

/** How much of something is supported: keys, rules, panels, stages. */
export interface Tally {
  readonly area: Area
  /** In the plural. */
  readonly what: string
  readonly total: number
  readonly supported: number
}

/** What an examination came to. */
export interface Diagnosis {
  readonly findings: readonly Finding[]
  readonly tallies: readonly Tally[]
}

/** The share of all that is supported, in whole percent, rounded down: 100 is said of nothing less. */
export function scoreOf(tallies: readonly Tally[]): number {
  const total = tallies.reduce((sum, tally) => sum + tally.total, 0)
  const supported = tallies.reduce((sum, tally) => sum + tally.supported, 0)
  return total === 0 ? 100 : Math.floor((100 * supported) / total)
}
