import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { buildAliases, type BuiltInPart } from './collect/aliases.ts'
import {
  FILE_RECEIVERS,
  LISTENER_RECEIVERS,
  type ReceiverSpec,
} from './collect/collector/receiver-kinds.ts'
import { hostReceiver } from './collect/collector/host-receiver.ts'
import { prometheusReceiver } from './collect/collector/prometheus-receiver.ts'
import type { FoundFiles } from './collect/config/find-config.ts'
import type { PrometheusConfig } from './collect/config/prometheus-config.ts'
import { exporterKinds } from './forward/exporter-kinds.ts'
import type { ExporterSpec } from './forward/remote-settings.ts'
import type { Component, ComponentKind, Pipeline } from './ingest/collector/component.ts'
import { EXTENSION_KINDS, type ExtensionSpec } from './ingest/collector/extension-kinds.ts'
import { readCollectorGraph } from './ingest/collector/read-graph.ts'
import { PROCESSOR_KINDS } from './ingest/processors/processor-kinds.ts'
import {
  readServiceGraphConnector,
  readSpanMetricsConnector,
} from './ingest/span-metrics/connector-sections.ts'
import type { SpanGeneratorSettings } from './ingest/span-metrics/settings.ts'
import type { FaultList } from './yaml/fault.ts'
import type { YamlNode } from './yaml/node.ts'
import { readYamlFile } from './yaml/read-file.ts'

export type CollectorPipeline = Pipeline<ReceiverSpec, ExporterSpec, SpanGeneratorSettings>

/** What a file of the OpenTelemetry Collector sets up. */
export interface CollectorPart {
  readonly pipelines: readonly CollectorPipeline[]
  readonly extensions: readonly Component<ExtensionSpec>[]
  readonly file: string
  /** Another one when what is said may be something else. */
  readonly version: string
}

export interface CollectorSource {
  readonly faults: FaultList
  readonly env: Readonly<Record<string, string | undefined>>
  /** `aliases:` of a vedette.yml. */
  readonly aliases: Readonly<Record<string, BuiltInPart | 'none'>>
}

/** `otel:` of a vedette.yml (the content of a collector's file, or its path), or else the file of the folder; undefined: there is none. */
export function readCollectorPart(
  node: YamlNode | undefined,
  found: FoundFiles,
  source: CollectorSource,
): CollectorPart | undefined {
  if (node?.isMap === true) return readCollector(node, node.file, source)
  const written = node?.asString()
  const folder = path.dirname(path.resolve(found.main ?? '.'))
  const file = written === undefined ? found.otel : path.resolve(folder, written)
  if (file === undefined) return undefined
  if (written !== undefined && !statSync(file, { throwIfNoEntry: false })) {
    return node?.error(`there is no file ${file}`)
  }
  return readCollectorFile(file, source)
}

/** Reads one file of the collector; undefined when it is not YAML, which is then among the faults. */
export function readCollectorFile(
  file: string,
  source: CollectorSource,
): CollectorPart | undefined {
  const root = readYamlFile(file, source)
  return root && readCollector(root, file, source)
}

const CONNECTORS: readonly ComponentKind<SpanGeneratorSettings>[] = [
  { name: 'spanmetrics', signals: ['traces', 'metrics'], read: readSpanMetricsConnector },
  { name: 'servicegraph', signals: ['traces', 'metrics'], read: readServiceGraphConnector },
]

function readCollector(
  root: YamlNode,
  file: string,
  { aliases, faults }: CollectorSource,
): CollectorPart | undefined {
  const map = root.asMap()
  if (map === undefined)
    return root.error('is empty: a collector needs receivers, exporters and service')
  const known = buildAliases(aliases)
  const folder = path.dirname(path.resolve(file))
  const exporters = exporterKinds({ folder, isOwn: (address) => known.find(address) !== undefined })
  const { pipelines, extensions } = readCollectorGraph<
    ReceiverSpec,
    ExporterSpec,
    SpanGeneratorSettings,
    ExtensionSpec
  >(
    map,
    {
      receivers: [
        ...LISTENER_RECEIVERS,
        ...FILE_RECEIVERS,
        ...[prometheusReceiver({ faults, folder }), hostReceiver(faults)],
      ],
      exporters,
      connectors: CONNECTORS,
      extensions: EXTENSION_KINDS,
    },
    PROCESSOR_KINDS,
  )
  map.finish()
  for (const pipeline of pipelines) warnOfPipeline(map.key('service'), pipeline)
  return { pipelines, extensions, file, version: versionOf(file, root.env ?? {}) }
}

/** What a person may not expect of a pipeline. */
function warnOfPipeline(place: YamlNode, pipeline: CollectorPipeline): void {
  const { id, exporters, connectors } = pipeline
  const isKept = connectors.length > 0 || exporters.some(({ spec }) => spec.kind === 'own')
  const isSent = exporters.some(({ spec }) => spec.kind === 'remote')
  if (!isKept && !isSent && exporters.length > 0) {
    place.warnAtKey(
      `pipelines.${id} has no exporter to a store: what comes through it is kept nowhere`,
    )
  }
}

/** The jobs of a prometheus.yml, with those of receivers that scrape; of a name that is there already the first holds. */
export function withCollectorJobs(
  prometheus: PrometheusConfig,
  part: CollectorPart | undefined,
  aliases: CollectorSource['aliases'],
): PrometheusConfig {
  const receivers = (part?.pipelines ?? []).flatMap((pipeline) => pipeline.receivers)
  const known = new Set(prometheus.scrapeConfigs.map(({ jobName }) => jobName))
  const table = buildAliases(aliases)
  const isHostRead = prometheus.scrapeConfigs.some(({ discovery }) =>
    discovery.static.some(({ targets }) => targets.some((one) => table.find(one) === 'node')),
  )
  const added = receivers
    .flatMap(({ spec }) => {
      if (spec.kind === 'scrape') return spec.jobs
      return spec.kind === 'host' && !isHostRead ? [spec.job] : []
    })
    .filter(({ jobName }) => {
      const isNew = !known.has(jobName)
      known.add(jobName)
      return isNew
    })
  if (added.length === 0) return prometheus
  return { ...prometheus, scrapeConfigs: [...prometheus.scrapeConfigs, ...added] }
}

/** The connectors that a pipeline writes to. */
export function connectorsOf(part: CollectorPart | undefined): readonly SpanGeneratorSettings[] {
  const found = new Map<string, SpanGeneratorSettings>()
  for (const { connectors } of part?.pipelines ?? []) {
    for (const { id, spec } of connectors) found.set(id, spec)
  }
  return [...found.values()]
}

/** Of the text, since processors cannot be compared, and of the variables that it may name. */
function versionOf(file: string, env: Readonly<Record<string, string | undefined>>): string {
  const text = readText(file)
  const names = [...text.matchAll(/\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)/g)].map(
    (found) => found[1] ?? '',
  )
  const values = [...names, 'OTEL_RESOURCE_ATTRIBUTES'].map((name) => env[name])
  return createHash('sha256')
    .update(JSON.stringify([text, values]))
    .digest('base64')
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
