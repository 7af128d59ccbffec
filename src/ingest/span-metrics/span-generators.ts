import { messageOf } from '../../model/problem.ts'
import type { SampleSink } from '../../model/samples.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import { registerGeneratorFigures, type GeneratorFigures } from './generator-figures.ts'
import type { SpanGeneratorSettings } from './settings.ts'
import { SpanGenerator } from './span-generator.ts'

export interface SpanGeneratorsParts {
  /** Where samples go, within the limits of labels. */
  readonly sink: SampleSink
  readonly registry: Registry
  readonly log: Log
  readonly nowMs: () => number
}

/** A generator with what ends it. */
interface Running {
  readonly generator: SpanGenerator
  readonly stop: () => Promise<void>
}

/** All generators of the program; each writes at its own interval. */
export class SpanGenerators {
  readonly #parts: SpanGeneratorsParts
  readonly #figures: GeneratorFigures
  #running: readonly Running[] = []
  #applying: Promise<void> = Promise.resolve()
  /** Generators whose limit was told of. */
  readonly #warned = new WeakSet<SpanGenerator>()
  /** Of generators that are gone: counters never fall. */
  #limitedBefore = 0

  constructor(parts: SpanGeneratorsParts) {
    this.#parts = parts
    const sum = (of: (generator: SpanGenerator) => number): number =>
      this.observers.reduce((total, generator) => total + of(generator), 0)
    this.#figures = registerGeneratorFigures(parts.registry, {
      active: () => sum((one) => one.activeSeries),
      limited: () => this.#limitedBefore + sum((one) => one.limited),
      waiting: () => sum((one) => one.waitingEdges),
    })
  }

  /** Who is to be told of spans. */
  get observers(): readonly SpanGenerator[] {
    return this.#running.map(({ generator }) => generator)
  }

  /** Puts these in force. Those whose settings are the same go on counting; counters of the others begin anew. */
  apply(settings: readonly SpanGeneratorSettings[]): Promise<void> {
    this.#applying = this.#applying.then(() => this.#apply(settings))
    return this.#applying
  }

  /** Writes what was counted last, and ends. */
  stop(): Promise<void> {
    return this.apply([])
  }

  async #apply(settings: readonly SpanGeneratorSettings[]): Promise<void> {
    const old = [...this.#running]
    const kept = settings.map((wanted) => {
      // Texts, because compiled patterns of filters are equal to none but themselves.
      const text = JSON.stringify(wanted)
      const at = old.findIndex(({ generator }) => JSON.stringify(generator.settings) === text)
      return at < 0 ? undefined : old.splice(at, 1)[0]
    })
    // Before the new ones begin: what they write is of the same series.
    for (const { generator, stop } of old) {
      await stop()
      this.#limitedBefore += generator.limited
    }
    this.#running = settings.map((wanted, i) => kept[i] ?? this.#start(wanted))
  }

  #start(settings: SpanGeneratorSettings): Running {
    const { sink, nowMs } = this.#parts
    const generator = new SpanGenerator(settings, { sink, figures: this.#figures, nowMs })
    let writing: Promise<void> = Promise.resolve()
    const write = (): Promise<void> => (writing = writing.then(() => this.#collect(generator)))
    const timer = setInterval(() => void write(), settings.intervalMs)
    timer.unref()
    return {
      generator,
      stop: () => {
        clearInterval(timer)
        return write()
      },
    }
  }

  async #collect(generator: SpanGenerator): Promise<void> {
    const { log } = this.#parts
    const { name, maxSeries } = generator.settings
    try {
      await generator.collect()
      this.#figures.onCollected(true)
    } catch (thrown) {
      this.#figures.onCollected(false)
      log.warn('metrics of spans cannot be written now', {
        generator: name,
        reason: messageOf(thrown),
      })
    }
    if (generator.limited === 0 || this.#warned.has(generator)) return
    this.#warned.add(generator)
    log.warn('there are too many series of spans: new ones count for metric_overflow="true"', {
      generator: name,
      max_active_series: maxSeries,
    })
  }
}
