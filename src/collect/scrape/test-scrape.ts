import { HistogramDecoder, STALE_HISTOGRAM } from '../../formats/native-histogram/decode.ts'
import { HistogramTable } from '../../model/histograms/histogram-table.ts'
import { Labels } from '../../model/labels.ts'
import type {
  AppendResult,
  Exemplar,
  MetricMetadata,
  SampleBatch,
  SampleSink,
} from '../../model/samples.ts'
import { isStale, wordsOf } from '../../model/stale.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readPrometheusConfig } from '../config/prometheus-config.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import {
  createScrapeParser,
  type ScrapeParser,
} from '../../formats/prometheus-text/scrape-parser.ts'
import { compileRelabel } from '../../ingest/relabel.ts'
import { parserOptionsOf } from './parser-options.ts'
import type { ScrapeResult } from './scrape-result.ts'
import { SeriesTracker } from './series-tracker.ts'
import { decideTarget, type TargetSpec } from './target-labels.ts'

export const TEXT = 'text/plain; version=0.0.4'
export const OPENMETRICS = 'application/openmetrics-text; version=1.0.0'
export const PROTOBUF =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

/** The jobs of a prometheus.yml, with `folder` as its place. */
export function readJobs(text: string, folder = '/'): readonly ScrapeConfig[] {
  const faults = new FaultList()
  const root = parseYaml(text, { file: 'prometheus.yml', faults })
  const config = root && readPrometheusConfig(root, { folder, faults })
  if (config === undefined || faults.hasErrors) {
    throw new Error(faults.items.map(formatFault).join('\n'))
  }
  return config.scrapeConfigs
}

/** One job called `j` with these keys, written in YAML's flow style without braces: `sample_limit: 3, honor_labels: true`. */
export function readJob(keys = ''): ScrapeConfig {
  const [job] = readJobs(`{scrape_configs: [{job_name: j${keys === '' ? '' : `, ${keys}`}}]}`)
  if (job === undefined) throw new Error('no job')
  return job
}

export function testTarget(config: ScrapeConfig, address = 'web:80'): TargetSpec {
  const relabeler = compileRelabel(config.relabelConfigs)
  const decision = decideTarget(Labels.from({ __address__: address }), {
    jobName: config.jobName,
    scrapeIntervalMs: config.intervalMs,
    scrapeTimeoutMs: config.timeoutMs,
    metricsPath: config.metricsPath,
    scheme: config.scheme,
    params: config.params,
    relabel: (labels) => relabeler.apply(labels),
  })
  if (decision.kind !== 'keep') throw new Error(JSON.stringify(decision))
  return decision.target
}

/** Keeps what it is given as lines `series value @time`, in order; a staleness marker is `stale`. */
export class RecordingSink implements SampleSink {
  lines: string[] = []
  readonly exemplars: Exemplar[] = []
  readonly metadata: (readonly MetricMetadata[])[] = []
  /** What the next batches are answered. */
  answer: (batch: SampleBatch) => Partial<AppendResult> = () => ({})

  append(): Promise<AppendResult> {
    return Promise.reject(new Error('scraped samples are offered'))
  }

  offer(batch: SampleBatch): AppendResult {
    const words = wordsOf(batch.values)
    const keys = new Set(batch.series.map((labels) => labels.key))
    if (keys.size !== batch.series.length) throw new Error('a series stands twice in a batch')
    for (let row = 0; row < batch.values.length; row++) {
      const labels = batch.series[batch.seriesIndex[row] as number]
      const value = isStale(batch.values, words, row) ? 'stale' : String(batch.values[row])
      this.lines.push(`${labels?.toString()} ${value} @${batch.timestampsMs[row]}`)
    }
    for (const { series, timestampMs, data } of batch.histograms ?? []) {
      if (!keys.has(series.key)) throw new Error('a histogram is of a series outside of its batch')
      this.lines.push(`${series.toString()} ${showHistogram(data)} @${timestampMs}`)
    }
    this.exemplars.push(...(batch.exemplars ?? []))
    if (batch.metadata !== undefined) this.metadata.push(batch.metadata)
    return { accepted: batch.values.length, rejected: [], rejectedCount: 0, ...this.answer(batch) }
  }

  /** The lines since the last call, without `instance` and `job` of the target, and without `up` and `scrape_*`. */
  take(): string[] {
    return this.takeAll().filter((line) => !/^(?:up|scrape_\w+)(?:\{\S*\})? /.test(line))
  }

  takeAll(): string[] {
    const lines = this.lines.map((line) =>
      line
        .replace(/,? ?instance="web:80", job="j"/, '')
        .replace('{}', '')
        .replace('{, ', '{'),
    )
    this.lines = []
    return lines
  }
}

/** `[count sum schema index:count …]`, indexes of negative buckets with a minus before them. */
function showHistogram(data: Uint8Array): string {
  const table = new HistogramTable()
  const row = new HistogramDecoder().decode(data, 0, data.length, table)
  if (row === STALE_HISTOGRAM) return '[stale]'
  const shown = [table.totals[row], table.sums[row], table.schemas[row]].map(String)
  for (let i = table.negativeFrom[row] ?? 0; i < (table.ends[row] ?? 0); i++) {
    const sign = i < (table.positiveFrom[row] ?? 0) ? '-' : ''
    shown.push(`${sign}${table.indexes[i]}:${table.counts[i]}`)
  }
  if (table.hints[row] !== 0) shown.push(`hint ${table.hints[row]}`)
  return `[${shown.join(' ')}]`
}

/** A target of the job `j` that is scraped by hand. */
export class TestTarget {
  readonly sink: RecordingSink
  readonly tracker: SeriesTracker

  constructor(keys = '', sink = new RecordingSink(), parser?: ScrapeParser) {
    const config = readJob(keys)
    this.sink = sink
    this.tracker = new SeriesTracker({
      target: testTarget(config),
      config,
      metricRelabel: compileRelabel(config.metricRelabelConfigs),
      sink,
      parser: parser ?? createScrapeParser(parserOptionsOf(config)),
      createParser: () => createScrapeParser(parserOptionsOf(config)),
    })
  }

  /** Scrapes a page, its lines parted by `;`. */
  page(lines: string, timestampMs: number, contentType = TEXT): ScrapeResult {
    const text =
      lines === ''
        ? ''
        : `${lines
            .split(';')
            .map((line) => line.trim())
            .join('\n')}\n`
    const bytes = new TextEncoder().encode(text)
    return this.tracker.record({ bytes, contentType }, timestampMs, () => 250)
  }

  /** Scrapes a page of protobuf. */
  proto(bytes: Uint8Array, timestampMs: number): ScrapeResult {
    return this.tracker.record({ bytes, contentType: PROTOBUF }, timestampMs, () => 250)
  }

  fail(timestampMs: number, error = new Error('connection refused')): ScrapeResult {
    return this.tracker.record(error, timestampMs, () => 250)
  }
}
