import { decodeFamilies } from '../../formats/prometheus-proto/decode-families.ts'
import { createScrapeParser } from '../../formats/prometheus-text/scrape-parser.ts'
import type { ScrapePage } from '../../formats/prometheus-text/page.ts'
import type { Labels } from '../../model/labels.ts'
import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import { Problem } from '../../model/problem.ts'
import type { GroupLabels } from './group-labels.ts'

const TIMESTAMPS = 'pushed metrics must not have timestamps'
const PROTOBUF = /^application\/vnd\.google\.protobuf\b/i
const SUFFIXES = ['_bucket', '_sum', '_count'] as const

/**
 * Reads the body of a push: the text format, OpenMetrics, or delimited protobuf. The labels of the group replace those of the
 * metrics; a metric without `instance` gets an empty one, so that the scrape adds none. Throws a `Problem` of code `bad_data`.
 */
export function readPush(
  body: Uint8Array,
  contentType: string,
  group: GroupLabels,
): MetricFamily[] {
  const families = PROTOBUF.test(contentType) ? decodeFamilies(body) : readPage(body, contentType)
  const seen = new Set<string>()
  return families.map(({ name, help, type, metrics }) => ({
    name,
    help,
    type,
    metrics: metrics.map((metric) => {
      const labels = withGroup(metric.labels, group)
      const key = JSON.stringify([name, metric.suffix, labels])
      if (metric.timestampMs !== undefined) throw new Problem('bad_data', TIMESTAMPS)
      if (seen.has(key))
        throw new Problem('bad_data', `a metric of ${name} stands twice: ${labels.join(' ')}`)
      seen.add(key)
      const { value, suffix } = metric
      return suffix === undefined ? { labels, value } : { labels, value, suffix }
    }),
  }))
}

function readPage(body: Uint8Array, contentType: string): MetricFamily[] {
  const type = /openmetrics/i.test(contentType) ? contentType : 'text/plain'
  const page = createScrapeParser().parse(body, type, 0, true)
  if (page.fault !== undefined)
    throw new Problem('bad_data', `line ${page.fault.line}: ${page.fault.message}`)
  const families = new Map(
    page
      .metadata()
      .map(({ family, type: kind, help }) => [
        family,
        { name: family, type: kind, help, metrics: new Array<Metric>() },
      ]),
  )
  for (let row = 0; row < page.rows; row++) {
    if (page.hasTimestamp[row] === 1) throw new Problem('bad_data', TIMESTAMPS)
    const labels = labelsOf(page, row)
    const { name } = labels
    const suffix = SUFFIXES.find((one) => name.endsWith(one) && isOfHistogram(families, name, one))
    const own = suffix === undefined ? name : name.slice(0, -suffix.length)
    let family = families.get(own)
    if (family === undefined)
      families.set(own, (family = { name: own, type: 'unknown', help: '', metrics: [] }))
    family.metrics.push({
      labels: labels.flat.flatMap((_one, i, flat) =>
        i % 2 === 0 && flat[i] !== '__name__' ? [flat[i] ?? '', flat[i + 1] ?? ''] : [],
      ),
      value: page.values[row] ?? 0,
      ...(suffix === undefined ? {} : { suffix }),
    })
  }
  return [...families.values()]
}

function labelsOf(page: ScrapePage, row: number): Labels {
  try {
    return page.labelsOf(row)
  } catch (thrown) {
    if (thrown instanceof Problem) throw new Problem('bad_data', thrown.message)
    throw thrown
  }
}

function isOfHistogram(
  families: ReadonlyMap<string, Pick<MetricFamily, 'type'>>,
  name: string,
  suffix: string,
): boolean {
  const type = families.get(name.slice(0, -suffix.length))?.type
  return type === 'histogram' || (type === 'summary' && suffix !== '_bucket')
}

function withGroup(labels: readonly string[], group: GroupLabels): string[] {
  const all = new Map<string, string>()
  for (let i = 0; i < labels.length; i += 2) all.set(labels[i] ?? '', labels[i + 1] ?? '')
  for (const [name, value] of group) all.set(name, value)
  if (!all.has('instance')) all.set('instance', '')
  return [...all].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat()
}
