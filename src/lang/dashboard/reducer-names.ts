/** What a statistic is called since Grafana 7, by the name it had in Angular's panels. */
const NEWER: Readonly<Record<string, string>> = {
  avg: 'mean',
  average: 'mean',
  current: 'lastNotNull',
  total: 'sum',
  min: 'min',
  max: 'max',
  first: 'firstNotNull',
  count: 'count',
  delta: 'delta',
  diff: 'diff',
  range: 'range',
  name: 'lastNotNull',
}

/** The reducer of a statistic; one that has the same name still is left as it is. */
export function reducerOf(statistic: string): string {
  return NEWER[statistic] ?? statistic
}
