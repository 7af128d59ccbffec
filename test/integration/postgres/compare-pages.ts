/** A page of metrics: the type of each family, and its series with their labels in the order of their names. */
export interface ParsedPage {
  readonly types: ReadonlyMap<string, string>
  readonly series: ReadonlyMap<string, ReadonlyMap<string, number>>
}

export function parsePage(text: string): ParsedPage {
  const types = new Map<string, string>()
  const series = new Map<string, Map<string, number>>()
  for (const line of text.split('\n')) {
    const [, typed, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (typed !== undefined && type !== undefined) types.set(typed, type)
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (line.startsWith('#') || name === undefined) continue
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
    const key = pairs
      .filter(([, , words]) => words !== '')
      .map(([, label, words]) => `${label}=${words}`)
      .sort()
      .join(', ')
    const all = series.get(name) ?? new Map<string, number>()
    all.set(key, value === '+Inf' ? Infinity : Number(value))
    series.set(name, all)
  }
  return { types, series }
}

/** Metrics of the exporter as a program, which say nothing of PostgreSQL. */
const OF_THE_PROGRAM = /^(?:go_|process_|promhttp_)/

/** How long something took: no two programs agree. */
const TIMINGS = /_duration_seconds$/

/** What whoever measures changes by it: the exporter has two connections, and they may be busy at the same time or not. */
const OF_THE_OBSERVERS = /^pg_stat_activity_count$|_numbackends$|^pg_locks_count$/
const OBSERVERS = 3

/** Values that may differ by this share, since nobody reads them at the same moment. */
const TOLERANCE = 0.05

/**
 * Names of the other's page, each with what our page has differently: missing, another type, a series that is not there, or a value
 * that does not lie between those which the other read before and after us. An empty text is agreement.
 */
export function comparePages(
  before: ParsedPage,
  own: ParsedPage,
  after: ParsedPage,
): ReadonlyMap<string, string> {
  const names = [...before.series.keys()].filter((name) => !OF_THE_PROGRAM.test(name))
  return new Map(names.map((name) => [name, differenceOf(name, before, own, after)]))
}

function differenceOf(
  name: string,
  before: ParsedPage,
  own: ParsedPage,
  after: ParsedPage,
): string {
  const ours = own.series.get(name)
  if (ours === undefined) return 'missing'
  const base = name.replace(/_(?:bucket|sum|count)$/, '')
  const typeOf = ({ types }: ParsedPage): string | undefined => types.get(name) ?? types.get(base)
  if (typeOf(before) !== typeOf(own)) return `type ${typeOf(own)} in place of ${typeOf(before)}`
  for (const [labels, first] of before.series.get(name) ?? []) {
    const last = after.series.get(name)?.get(labels)
    // A series that the other itself does not always have.
    if (last === undefined) continue
    const value = ours.get(labels)
    if (value === undefined) return `no series {${labels}}`
    const more = OF_THE_OBSERVERS.test(name) ? OBSERVERS : 0
    if (!TIMINGS.test(name) && !isBetween(value, first, last, more))
      return `{${labels}} is ${value}, not between ${first} and ${last}`
  }
  return ''
}

function isBetween(value: number, a: number, b: number, more: number): boolean {
  if (Number.isNaN(value)) return Number.isNaN(a) || Number.isNaN(b)
  const slack = more + TOLERANCE * Math.max(Math.abs(a), Math.abs(b), 1)
  return value >= Math.min(a, b) - slack && value <= Math.max(a, b) + slack
}
