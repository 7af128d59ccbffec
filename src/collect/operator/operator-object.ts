import { isJsonObject, objectOf, textOf, type JsonObject } from '../discovery/json-value.ts'

/** The custom resources of prometheus-operator that are read. */
export const OPERATOR_KINDS = [
  { kind: 'ServiceMonitor', resource: 'servicemonitors', version: 'v1' },
  { kind: 'PodMonitor', resource: 'podmonitors', version: 'v1' },
  { kind: 'Probe', resource: 'probes', version: 'v1' },
  { kind: 'ScrapeConfig', resource: 'scrapeconfigs', version: 'v1alpha1' },
  { kind: 'PrometheusRule', resource: 'prometheusrules', version: 'v1' },
  { kind: 'AlertmanagerConfig', resource: 'alertmanagerconfigs', version: 'v1alpha1' },
] as const

export type OperatorKind = (typeof OPERATOR_KINDS)[number]['kind']

/** One of these objects, as far as it counts. */
export interface OperatorObject {
  readonly kind: OperatorKind
  readonly namespace: string
  readonly name: string
  readonly spec: JsonObject
}

/** What is kept of an object of the API; undefined for what is none. */
export function readOperatorObject(
  kind: OperatorKind,
  object: JsonObject,
): OperatorObject | undefined {
  const metadata = objectOf(object['metadata'])
  const namespace = textOf(metadata['namespace'])
  const name = textOf(metadata['name'])
  if (name === '' || !isJsonObject(object['spec'])) return undefined
  return { kind, namespace, name, spec: object['spec'] }
}

/** How an object is named to people: `ServiceMonitor monitoring/web`. */
export function nameOf({ kind, namespace, name }: OperatorObject): string {
  return `${kind} ${namespace}/${name}`
}

/** An object that cannot be used, with the reason; the others go on. */
export class OperatorFault extends Error {
  override readonly name = 'OperatorFault'
}
