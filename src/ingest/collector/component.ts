import type { YamlNode } from '../../yaml/node.ts'
import type { ProcessorSpec, Signal } from '../processors/processor.ts'

/** A kind of receiver, exporter or connector, and what reads its section to a `Spec`. */
export interface ComponentKind<Spec> {
  readonly name: string
  readonly signals: readonly Signal[]
  /** `id` is what the file calls it: `otlp/tempo`. Reports through the node, which has no content for `otlp:`. */
  readonly read: (node: YamlNode, id: string) => Spec | undefined
}

/** A component that a file describes. */
export interface Component<Spec> {
  readonly id: string
  readonly spec: Spec
}

/** The kinds of components that a file may have, besides processors. */
export interface CollectorKinds<Receiver, Exporter, Connector, Extension> {
  readonly receivers: readonly ComponentKind<Receiver>[]
  readonly exporters: readonly ComponentKind<Exporter>[]
  /** Exporters of traces and receivers of metrics. */
  readonly connectors: readonly ComponentKind<Connector>[]
  readonly extensions: readonly ComponentKind<Extension>[]
}

/** One of `service.pipelines`. */
export interface Pipeline<Receiver, Exporter, Connector> {
  /** `traces`, `logs/audit`. */
  readonly id: string
  readonly signal: Signal
  readonly receivers: readonly Component<Receiver>[]
  readonly processors: readonly Component<ProcessorSpec>[]
  readonly exporters: readonly Component<Exporter>[]
  /** Connectors that it writes to. */
  readonly connectors: readonly Component<Connector>[]
  /** Whether it reads from a connector. */
  readonly hasConnectorInput: boolean
}

/** What a collector's file sets up. */
export interface CollectorGraph<Receiver, Exporter, Connector, Extension> {
  readonly pipelines: readonly Pipeline<Receiver, Exporter, Connector>[]
  /** Those of `service.extensions`. */
  readonly extensions: readonly Component<Extension>[]
}
