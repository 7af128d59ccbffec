import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import {
  SIGNALS,
  type ProcessorKind,
  type ProcessorSpec,
  type Signal,
} from '../processors/processor.ts'
import type { CollectorGraph, CollectorKinds, Component, Pipeline } from './component.ts'
import { readComponents, type Defined, type DefinedComponents } from './read-components.ts'

/**
 * Reads a file of the OpenTelemetry Collector: what `service.pipelines` connects. A component that is named and not defined is an error
 * that says what is defined; one that is defined and in no pipeline is warned about.
 */
export function readCollectorGraph<Receiver, Exporter, Connector, Extension>(
  map: YamlMap,
  kinds: CollectorKinds<Receiver, Exporter, Connector, Extension>,
  processors: readonly ProcessorKind[],
): CollectorGraph<Receiver, Exporter, Connector, Extension> {
  return new GraphReader(map, kinds, processors).read()
}

class GraphReader<Receiver, Exporter, Connector, Extension> {
  readonly #map: YamlMap
  readonly #receivers: DefinedComponents<Receiver>
  readonly #processors: DefinedComponents<ProcessorSpec>
  readonly #exporters: DefinedComponents<Exporter>
  readonly #connectors: DefinedComponents<Connector>
  readonly #extensions: DefinedComponents<Extension>
  /** Connectors that a pipeline writes to, and those that one reads from. */
  readonly #written = new Set<string>()
  readonly #readFrom = new Set<string>()

  constructor(
    map: YamlMap,
    kinds: CollectorKinds<Receiver, Exporter, Connector, Extension>,
    processors: readonly ProcessorKind[],
  ) {
    this.#map = map
    this.#receivers = readComponents(map.key('receivers'), 'receiver', kinds.receivers)
    this.#processors = readComponents(map.key('processors'), 'processor', processors)
    this.#exporters = readComponents(map.key('exporters'), 'exporter', kinds.exporters)
    this.#connectors = readComponents(map.key('connectors'), 'connector', kinds.connectors)
    this.#extensions = readComponents(map.key('extensions'), 'extension', kinds.extensions)
  }

  read(): CollectorGraph<Receiver, Exporter, Connector, Extension> {
    const service = this.#map.key('service').asMap()
    if (service === undefined) {
      this.#map.node.error('service must be set: it says which pipelines there are')
      return { pipelines: [], extensions: [] }
    }
    const extensions = referTo(service.key('extensions'), 'extension', this.#extensions)
    const telemetry = service.key('telemetry')
    if (telemetry.isPresent) {
      telemetry.warnAtKey(
        'has no effect: figures are on /metrics of the Prometheus listener, the log is that of the program',
      )
    }
    const section = service.key('pipelines')
    const entries = section.asMap()?.entries() ?? []
    if (entries.length === 0) service.node.error('pipelines must have at least one pipeline')
    const pipelines = entries.flatMap((node) => this.#readPipeline(node) ?? [])
    service.finish()
    this.#checkConnectors()
    this.#warnUnused()
    return { pipelines, extensions: extensions.flatMap(({ defined }) => componentOf(defined)) }
  }

  #readPipeline(node: YamlNode): Pipeline<Receiver, Exporter, Connector> | undefined {
    const signal = readSignal(node)
    const map = node.asMap()
    if (signal === undefined || map === undefined) {
      return node.isEmpty ? node.errorAtKey('has neither receivers nor exporters') : undefined
    }
    const receivers = map.key('receivers')
    const exporters = map.key('exporters')
    for (const each of [receivers, exporters]) {
      if ((each.asList() ?? []).length === 0)
        node.errorAtKey(`must have at least one of ${each.name}`)
    }
    const inputs = referTo(receivers, 'receiver', this.#receivers, this.#connectors)
    const outputs = referTo(exporters, 'exporter', this.#exporters, this.#connectors)
    const steps = referTo(map.key('processors'), 'processor', this.#processors)
    for (const each of inputs) if (each.other !== undefined) this.#readFrom.add(each.other.id)
    for (const each of outputs) if (each.other !== undefined) this.#written.add(each.other.id)
    for (const { defined, node: place } of [...inputs, ...outputs, ...steps]) {
      if (defined !== undefined && !isFor(defined, signal)) {
        place.error(`${defined.id} works on ${defined.signals.join(' and ')}, not on ${signal}`)
      }
    }
    map.finish()
    return {
      id: node.name,
      signal,
      receivers: inputs.flatMap(({ defined }) => componentOf(defined)),
      processors: steps.flatMap(({ defined }) => componentOf(defined)),
      exporters: outputs.flatMap(({ defined }) => componentOf(defined)),
      connectors: outputs.flatMap(({ other }) => componentOf(other)),
      hasConnectorInput: inputs.some(({ other }) => other !== undefined),
    }
  }

  #checkConnectors(): void {
    for (const { id, node } of this.#connectors.values()) {
      const [isWritten, isRead] = [this.#written.has(id), this.#readFrom.has(id)]
      if (isWritten && !isRead)
        node.errorAtKey('is an exporter of a pipeline and a receiver of none')
      if (isRead && !isWritten)
        node.errorAtKey('is a receiver of a pipeline and an exporter of none')
    }
  }

  #warnUnused(): void {
    for (const section of [
      ...[this.#receivers, this.#processors, this.#exporters, this.#connectors, this.#extensions],
    ]) {
      for (const { node, isUsed } of section.values()) {
        if (!isUsed) node.warnAtKey('is named nowhere in service: it has no effect')
      }
    }
  }
}

interface Reference<First, Second> {
  readonly node: YamlNode
  readonly defined: Defined<First> | undefined
  /** Set when it is one of the second section: a connector. */
  readonly other: Defined<Second> | undefined
}

/** What a list of names means. */
function referTo<First, Second = never>(
  list: YamlNode,
  what: string,
  first: DefinedComponents<First>,
  second: DefinedComponents<Second> = new Map(),
): Reference<First, Second>[] {
  const seen = new Set<string>()
  return (list.asList() ?? []).flatMap((node) => {
    const id = node.asString()
    if (id === undefined) return []
    if (seen.has(id)) node.error(`${id} stands twice in the list`)
    seen.add(id)
    const defined = first.get(id)
    const other = defined === undefined ? second.get(id) : undefined
    if (defined === undefined && other === undefined) {
      const names = [...first.keys(), ...second.keys()]
      const known =
        names.length === 0 ? `there are none in this file` : `defined: ${names.join(', ')}`
      node.error(`there is no ${what} ${id}; ${known}`)
      return []
    }
    if (defined !== undefined) defined.isUsed = true
    if (other !== undefined) other.isUsed = true
    return [{ node, defined, other }]
  })
}

function componentOf<Spec>(defined: Defined<Spec> | undefined): Component<Spec>[] {
  return defined?.spec === undefined ? [] : [{ id: defined.id, spec: defined.spec }]
}

/** Of an unknown kind was said already that there is none. */
function isFor({ signals }: { readonly signals: readonly Signal[] }, signal: Signal): boolean {
  return signals.length === 0 || signals.includes(signal)
}

function readSignal(node: YamlNode): Signal | undefined {
  const [type] = node.name.split('/')
  const signal = SIGNALS.find((each) => each === type)
  if (signal !== undefined) return signal
  const isKnown = type === 'profiles'
  return node.errorAtKey(
    `${isKnown ? 'profiles are not collected here' : 'is no pipeline'}: a pipeline is one of ${SIGNALS.join(', ')}, or SIGNAL/NAME`,
  )
}
