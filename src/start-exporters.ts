import { createHash } from 'node:crypto'
import path from 'node:path'
import type { CollectorPipeline } from './collector-config.ts'
import type { CollectCore } from './core.ts'
import { OtlpLogDecoder } from './formats/otlp/decode-logs.ts'
import { DeltaToCumulative } from './formats/otlp/delta-to-cumulative.ts'
import { MetricTranslator } from './formats/otlp/translate-metrics.ts'
import { RemoteExporter } from './forward/remote-exporter.ts'
import type { RemoteSettings } from './forward/remote-settings.ts'
import type { SignalSinks } from './ingest/processors/processor.ts'

/** The exporters of a collector's file that send to other programs, each with a queue of its own under `export/` of the data folder. */
export class RemoteExporters {
  readonly #core: CollectCore
  #open = new Map<string, RemoteExporter>()

  constructor(core: CollectCore) {
    this.#core = core
    core.registry.collect(() => {
      const gauge = (name: string, help: string, what: 'requests' | 'sizeBytes') => ({
        ...{ name, help, type: 'gauge' as const },
        metrics: [...this.#open].map(([id, exporter]) => ({
          labels: ['exporter', id],
          value: exporter.figures()[what],
        })),
      })
      if (this.#open.size === 0) return []
      return [
        gauge('otelcol_exporter_queue_size', 'Requests that wait on disk.', 'requests'),
        gauge('vedette_exporter_queue_bytes', 'Bytes of requests that wait on disk.', 'sizeBytes'),
      ]
    })
  }

  /** Opens the exporters of these pipelines; those that were open before end first, and what they had to send stays on disk. */
  async open(pipelines: readonly CollectorPipeline[]): Promise<void> {
    for (const exporter of this.#open.values()) await exporter.stop()
    this.#open = new Map()
    for (const { exporters } of pipelines) {
      for (const { id, spec } of exporters) {
        if (spec.kind !== 'remote' || this.#open.has(id)) continue
        this.#open.set(id, await this.#openOne(id, spec))
      }
    }
  }

  /** Of an exporter that was opened. */
  sinksOf(id: string): SignalSinks {
    const found = this.#open.get(id)
    if (found === undefined) throw new Error(`the exporter ${id} is not open`)
    return found
  }

  async stop(): Promise<void> {
    for (const exporter of this.#open.values()) await exporter.stop()
    this.#open = new Map()
  }

  #openOne(id: string, settings: RemoteSettings): Promise<RemoteExporter> {
    const core = this.#core
    const decoder = new OtlpLogDecoder()
    const deltas = new DeltaToCumulative()
    const translator = new MetricTranslator()
    // Another address is another queue: what waits for one receiver is not sent to the next.
    const { traces, metrics, logs } = settings.urls
    const urls = [traces, metrics, logs].map((url) => url?.reveal())
    const digest = createHash('sha256')
      .update(JSON.stringify([id, urls]))
      .digest('hex')
    return RemoteExporter.open({
      ...{ id, settings, registry: core.registry },
      folder: path.join(core.config().dataFolder, 'export', digest.slice(0, 32)),
      toLines: (batch) =>
        decoder.records(batch, BigInt(Date.now()) * 1_000_000n, core.config().logs.otlp),
      toSamples: (batch) => {
        const { prometheus, query } = core.config()
        const added = deltas.convert(batch, Date.now()).batch
        const options = { translation: prometheus.otlp, lookbackMs: query.lookbackMs }
        return translator.translate(added, { ...options, keepsDeltas: false }).samples
      },
      log: core.log.child({ exporter: id }),
    })
  }
}
