import type { ExemplarSeriesJson, LabelsJson } from '../../../src/contract/prometheus.ts'
import type { TraceLink } from '../../../src/lang/dashboard/datasource.ts'
import { parseSample } from '../api/chart-data-of.ts'
import { traceLink } from '../api/trace-series.ts'
import type { ChartPoint } from '../charts/chart-data.ts'
import { safeUrl } from '../panels/safe-url.ts'
import { askExemplarSeries, type PlannedQuery } from './ask-source.ts'

/** Names under which libraries and proxies write the trace that an exemplar comes from. */
const TRACE_LABEL = /^trace[_-]?id$/i
/** The range is cut into so many pieces, and of each only exemplars that are far apart are shown. */
const PIECES = 60
const MOST_OF_A_PIECE = 5

/** The exemplars of several queries, thinned out. They are an addition: a source without them takes nothing from the panel. */
export async function askExemplars(
  queries: readonly PlannedQuery[],
  signal: AbortSignal,
): Promise<readonly ChartPoint[]> {
  const answers = await Promise.allSettled(
    queries.map(async (query) =>
      pointsOf(await askExemplarSeries(query, signal), query.source.traceLinks ?? []),
    ),
  )
  signal.throwIfAborted()
  const found = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  const [first] = queries
  return first ? thinOut(found, first.startMs, first.endMs) : []
}

/** The exemplars of an answer as points, with the links of their source. */
export function pointsOf(
  series: readonly ExemplarSeriesJson[],
  links: readonly TraceLink[],
): ChartPoint[] {
  const idLabels = new Set(links.map(({ label }) => label))
  return series.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.map(({ labels, value, timestamp }) => ({
      title: 'Exemplar',
      timeMs: timestamp * 1000,
      value: parseSample([timestamp, value]),
      labels: Object.entries({ ...labels, ...seriesLabels }).map(([name, text]) => ({
        name,
        value: text,
        isId: Object.hasOwn(labels, name) && (idLabels.has(name) || TRACE_LABEL.test(name)),
      })),
      links: linksOf(labels, links),
    })),
  )
}

/** Where the labels of an exemplar lead: what the source says, else the page of the trace that they name. */
function linksOf(labels: LabelsJson, links: readonly TraceLink[]): ChartPoint['links'] {
  return Object.entries(labels).flatMap(([name, id]) => {
    const named = links.filter(({ label }) => label === name)
    const elsewhere = named.flatMap(({ title, url }) =>
      url === undefined ? [] : [{ title, url: safeUrl(fillValue(url, id)) }],
    )
    if (elsewhere.length > 0) return elsewhere
    const isTrace = named.length > 0 || TRACE_LABEL.test(name)
    return isTrace && /^[0-9a-fA-F]{1,32}$/.test(id) ? [traceLink(id, named[0]?.title)] : []
  })
}

/** Grafana's `${__value.raw}` in the URL of a trace destination. */
function fillValue(url: string, id: string): string {
  return url.replaceAll('${__value.raw}', () => encodeURIComponent(id))
}

/** Hundreds of dots upon each other tell nothing more than those that stand apart. */
export function thinOut(
  points: readonly ChartPoint[],
  fromMs: number,
  toMs: number,
): readonly ChartPoint[] {
  const pieces = new Map<number, ChartPoint[]>()
  const lengthMs = Math.max(1, (toMs - fromMs) / PIECES)
  let [low, high] = [Infinity, -Infinity]
  for (const point of points) {
    const piece = Math.floor((point.timeMs - fromMs) / lengthMs)
    pieces.set(piece, [...(pieces.get(piece) ?? []), point])
    low = Math.min(low, point.value)
    high = Math.max(high, point.value)
  }
  const apart = (high - low) / 20
  return [...pieces.values()].flatMap((piece) => {
    const kept: ChartPoint[] = []
    // From the highest: what is unusually slow is what one looks for.
    for (const point of piece.toSorted((a, b) => b.value - a.value)) {
      const last = kept.at(-1)
      if (kept.length >= MOST_OF_A_PIECE) break
      if (last === undefined || last.value - point.value > apart) kept.push(point)
    }
    return kept
  })
}
