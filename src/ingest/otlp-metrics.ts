import type { MetricAppendResult, MetricSink, OtlpMetricBatch } from '../model/otlp-metrics.ts'
import type { AppendResult, SampleBatch, SampleSink } from '../model/samples.ts'
import { Slices } from '../self/loop-turns.ts'
import { GroupedErrors } from './grouped-errors.ts'

/** Data points that were refused, and why as a person reads it. */
interface Refusals {
  readonly count: number
  readonly message: string
}

/** Series made of data points. */
interface Translated {
  readonly samples: SampleBatch
  /** Of each row of `samples`, the number of its data point; one that no data point has for what is made of resources. */
  readonly rowPoints: Uint32Array
  /** The same of each of its native histograms. */
  readonly histogramPoints: readonly number[]
  /** Data points that samples were made of. */
  readonly points: number
  readonly refusals: Refusals
}

export interface MetricIngestOptions {
  /** Adds deltas up; what is cumulative passes as it is. */
  readonly accumulate: (batch: OtlpMetricBatch) => {
    readonly batch: OtlpMetricBatch
    readonly refusals: Refusals
  }
  /** In steps: each tells how many data points it took. One batch at a time. */
  readonly translate: (batch: OtlpMetricBatch) => Generator<number, Translated, undefined>
}

/** What a data point costs, in cells or samples of other work. */
const UNITS_PER_POINT = 20

/** Takes metrics of OpenTelemetry: makes series of them and gives these to a sink, where they become durable. */
export class MetricIngest implements MetricSink {
  readonly #sink: SampleSink
  readonly #options: MetricIngestOptions
  /** Ends once all batches before are translated. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(sink: SampleSink, options: MetricIngestOptions) {
    this.#sink = sink
    this.#options = options
  }

  async append(batch: OtlpMetricBatch): Promise<MetricAppendResult> {
    const added = this.#options.accumulate(batch)
    const turn = this.#turn.then(() => this.#translate(added.batch))
    this.#turn = turn.catch(() => undefined)
    const translated = await turn
    const { samples, points } = translated
    const isEmpty = samples.series.length === 0 && (samples.histograms ?? []).length === 0
    const result = isEmpty ? undefined : await this.#sink.append(samples)
    const refused = result === undefined ? 0 : Math.min(points, refusedPoints(translated, result))
    const messages = [
      added.refusals.message,
      translated.refusals.message,
      result === undefined ? '' : messageOf(result),
    ]
    return {
      accepted: points - refused,
      rejected: added.refusals.count + translated.refusals.count + refused,
      message: messages.filter((message) => message !== '').join('; '),
    }
  }

  /** A large batch is translated in slices, between which everything else runs. */
  async #translate(batch: OtlpMetricBatch): Promise<Translated> {
    const slices = new Slices()
    const steps = this.#options.translate(batch)
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      if (slices.spend(step.value * UNITS_PER_POINT)) await slices.rest()
    }
  }
}

/** Of how many data points something was refused. The sink names only some of what it refused: the others count one each. */
function refusedPoints(translated: Translated, result: AppendResult): number {
  const { rejected, rejectedCount } = result
  if (rejectedCount === 0) return 0
  const { samples, rowPoints, histogramPoints } = translated
  const wanted = new Set(rejected.map(({ series, timestampMs }) => `${timestampMs} ${series.key}`))
  const known = new Set(rejected.map(({ series }) => series.key))
  const isKnown = samples.series.map(({ key }) => known.has(key))
  const points = new Set<number>()
  let named = 0
  for (let row = 0; row < rowPoints.length; row++) {
    const at = samples.seriesIndex[row] as number
    if (isKnown[at] !== true) continue
    if (!wanted.has(`${samples.timestampsMs[row]} ${samples.series[at]?.key ?? ''}`)) continue
    named++
    points.add(rowPoints[row] as number)
  }
  for (const [i, { series, timestampMs }] of (samples.histograms ?? []).entries()) {
    if (!wanted.has(`${timestampMs} ${series.key}`)) continue
    named++
    points.add(histogramPoints[i] as number)
  }
  // What is made of a resource is no data point.
  points.delete(0xffffffff)
  return points.size + Math.max(0, rejectedCount - Math.max(named, rejected.length))
}

function messageOf({ rejected, rejectedCount }: AppendResult): string {
  if (rejectedCount === 0) return ''
  const errors = new GroupedErrors()
  for (const { series, message } of rejected) {
    errors.add(message.includes(series.name) ? message : `${message}: ${series.name}`)
  }
  return `${rejectedCount} samples were refused: ${errors.toString()}`
}
