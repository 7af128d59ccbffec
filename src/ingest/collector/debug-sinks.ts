import type { LogRecordBatch } from '../../model/log-records.ts'
import type { OtlpMetricBatch } from '../../model/otlp-metrics.ts'
import type { SpanBatch } from '../../model/spans.ts'
import type { Log } from '../../self/log.ts'
import type { SignalSinks } from '../processors/processor.ts'

/** So many names of a batch are told. */
const MAX_NAMES = 20

/** The exporter `nop`: everything is taken and forgotten. */
export const NOTHING_SINKS: SignalSinks = {
  spans: {
    append: ({ startsNs }) =>
      Promise.resolve({ accepted: startsNs.length, outOfBounds: 0, refused: 0 }),
  },
  logs: {
    append: ({ timesNs }) =>
      Promise.resolve({ accepted: timesNs.length, rejected: 0, message: '' }),
  },
  metrics: {
    append: ({ metricIndex }) =>
      Promise.resolve({ accepted: metricIndex.length, rejected: 0, message: '' }),
  },
}

/**
 * The exporter `debug`: the log of the program says how much came, and with more than `basic` the names of the first rows. Attributes are
 * never told: they hold what nobody wants in a log.
 */
export function debugSinks(log: Log, verbosity: 'basic' | 'normal' | 'detailed'): SignalSinks {
  const hasNames = verbosity !== 'basic'
  const tell = (what: string, count: number, resources: number, names: () => string[]): void =>
    log.info(what, {
      resources,
      count,
      ...(hasNames ? { names: names().slice(0, MAX_NAMES).join(', ') } : {}),
    })
  return {
    spans: {
      append: (batch) => {
        tell('Traces', batch.startsNs.length, batch.resources.length, () => namesOfSpans(batch))
        return NOTHING_SINKS.spans.append(batch)
      },
    },
    logs: {
      append: (batch) => {
        tell('Logs', batch.timesNs.length, batch.resources.length, () => severities(batch))
        return NOTHING_SINKS.logs.append(batch)
      },
    },
    metrics: {
      append: (batch) => {
        tell('Metrics', batch.metricIndex.length, batch.resources.length, () => namesOf(batch))
        return NOTHING_SINKS.metrics.append(batch)
      },
    },
  }
}

function namesOfSpans({ names, strings }: SpanBatch): string[] {
  return [...names.subarray(0, MAX_NAMES)].map((place) => strings[place] ?? '')
}

function severities({ severityTexts, strings }: LogRecordBatch): string[] {
  return [...new Set([...severityTexts].map((place) => strings[place] ?? ''))]
}

function namesOf({ metrics }: OtlpMetricBatch): string[] {
  return metrics.map(({ name }) => name)
}
