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

/** What becomes of a key, a rule, a panel or a stage. */
export type Verdict =
  /** It does what it did. */
  | 'supported'
  /** It does something else, or in another way. */
  | 'changed'
  /** It does nothing here. */
  | 'ignored'
  /** It cannot be used as it is. */
  | 'wrong'

/** Something that was found. */
export interface Finding {
  readonly area: Area
  readonly gravity: Gravity
  /** `file:line:col`, a dashboard and its panel, a target, …; '' for none. */
  readonly place: string
  /** What it is, and what to do about it. */
  readonly text: string
  /** Of what stands in a configuration. */
  readonly verdict?: Verdict
}

/** A key, a rule, a panel or a stage, with what becomes of it. */
export interface Item {
  readonly area: Area
  readonly what: 'key' | 'rule' | 'panel' | 'stage'
  /** `file:line`, or a dashboard and its panel. */
  readonly place: string
  readonly name: string
  readonly verdict: Verdict
  /** '' for what is supported. */
  readonly why: string
}

/** How much of something is supported: keys, rules, panels, stages. */
export interface Tally {
  readonly area: Area
  /** In the plural. */
  readonly what: string
  readonly total: number
  readonly supported: number
  readonly changed: number
  readonly ignored: number
}

/** What an examination came to. */
export interface Diagnosis {
  readonly findings: readonly Finding[]
  readonly tallies: readonly Tally[]
  readonly items: readonly Item[]
}

/** Counts items of one kind; nothing where there are none. */
export function tallyItems(items: readonly Item[], what: Item['what']): readonly Tally[] {
  const own = items.filter((item) => item.what === what)
  const [first] = own
  if (first === undefined) return []
  const count = (verdict: Verdict): number => own.filter((item) => item.verdict === verdict).length
  return [
    {
      area: first.area,
      what: `${what}s`,
      total: own.length,
      supported: count('supported'),
      changed: count('changed'),
      ignored: count('ignored'),
    },
  ]
}

/** The share of all that is supported, in whole percent, rounded down: 100 is said of nothing less. */
export function scoreOf(tallies: readonly Tally[]): number {
  const total = tallies.reduce((sum, tally) => sum + tally.total, 0)
  const supported = tallies.reduce((sum, tally) => sum + tally.supported, 0)
  return total === 0 ? 100 : Math.floor((100 * supported) / total)
}
