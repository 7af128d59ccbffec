import type { LinesSource, StreamQuery } from '../../store/lines-source.ts'

/** A selector must demand a label; so all streams together may take several. */
const MOST_SELECTORS = 3
const USUAL_LABEL = 'service_name'
const NS_PER_MS = 1_000_000

/** Unix milliseconds. */
export interface TimeRange {
  readonly startMs: number
  readonly endMs: number
}

/**
 * The streams that hold the lines of a service at a time: those with the first of `labels` that has its name. Undefined: none is known by
 * it.
 */
export function findServiceStreams(
  source: Pick<LinesSource, 'labelValues'>,
  service: string,
  labels: readonly string[],
  range: TimeRange,
): string | undefined {
  if (service === '') return undefined
  const label = labels.find((name) =>
    source.labelValues(name, queryOf(range)).values.includes(service),
  )
  return label === undefined ? undefined : `{${label}=${JSON.stringify(service)}}`
}

/**
 * Selectors that together accept the streams of a time, each of them once: those with the most frequent label, then those without it that
 * have the next. A few are enough for all but strange ones; at least one is answered.
 */
export function coverStreams(
  source: Pick<LinesSource, 'streams'>,
  range: TimeRange,
): readonly string[] {
  let rest = source.streams(queryOf(range)).values
  const names: string[] = []
  while (rest.length > 0 && names.length < MOST_SELECTORS) {
    const counts = new Map<string, number>()
    for (const { flat } of rest)
      for (let i = 0; i < flat.length; i += 2)
        counts.set(flat[i] as string, (counts.get(flat[i] as string) ?? 0) + 1)
    const [best] = [...counts].toSorted(
      ([a, n], [b, m]) =>
        m - n || Number(b === USUAL_LABEL) - Number(a === USUAL_LABEL) || (a < b ? -1 : 1),
    )
    if (best === undefined) break
    const [name] = best
    names.push(name)
    rest = rest.filter((labels) => !labels.has(name))
  }
  if (names.length === 0) names.push(USUAL_LABEL)
  return names.map((name, i) => {
    const without = names.slice(0, i).map((other) => `, ${other}=""`)
    return `{${name}=~".+"${without.join('')}}`
  })
}

function queryOf({ startMs, endMs }: TimeRange): StreamQuery {
  return {
    selectors: [],
    limit: 0,
    startNs: BigInt(Math.floor(startMs * NS_PER_MS)),
    endNs: BigInt(Math.ceil(endMs * NS_PER_MS)),
  }
}
