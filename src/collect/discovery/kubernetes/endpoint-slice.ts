import type { Labels } from '../../../model/labels.ts'
import {
  objectOf,
  objectsOf,
  textFieldsOf,
  textOf,
  textsOf,
  type JsonObject,
} from '../json-value.ts'
import { sanitizeLabelName } from '../sanitize-label-name.ts'
import { endpointTargets, type EndpointAddress } from './endpoint-targets.ts'
import { namespaceMetaLabels, nodeMetaLabels, type KnownObjects } from './known-objects.ts'
import {
  metaLabels,
  readMeta,
  readReference,
  type Names,
  type ObjectMeta,
  type ObjectReference,
} from './object-meta.ts'
import { serviceLabels } from './service.ts'

interface KeptSlicePort {
  readonly number: number | undefined
  readonly labels: Names
}

interface KeptEndpoint {
  readonly addresses: readonly string[]
  readonly reference: ObjectReference | undefined
  readonly nodeName: string
  readonly labels: Names
}

/** What is kept of a slice of endpoints. */
export interface KeptEndpointSlice {
  readonly meta: ObjectMeta
  /** `IPv4`, `IPv6` or `FQDN`. */
  readonly addressType: string
  readonly ports: readonly KeptSlicePort[]
  readonly endpoints: readonly KeptEndpoint[]
}

const PREFIX = '__meta_kubernetes_endpointslice_'

export function readEndpointSlice(object: JsonObject): KeptEndpointSlice {
  return {
    meta: readMeta(object),
    addressType: textOf(object['addressType']),
    ports: objectsOf(object['ports']).map(readPort),
    endpoints: objectsOf(object['endpoints']).map(readEndpoint),
  }
}

function readPort(port: JsonObject): KeptSlicePort {
  const number = typeof port['port'] === 'number' ? port['port'] : undefined
  return {
    number,
    labels: {
      [`${PREFIX}port`]: number === undefined ? '' : String(number),
      [`${PREFIX}port_name`]: textOf(port['name']),
      [`${PREFIX}port_protocol`]: textOf(port['protocol']),
      [`${PREFIX}port_app_protocol`]: textOf(port['appProtocol']),
    },
  }
}

function readEndpoint(endpoint: JsonObject): KeptEndpoint {
  const conditions = objectOf(endpoint['conditions'])
  const reference = readReference(endpoint['targetRef'])
  const labels: Record<string, string> = {
    [`${PREFIX}endpoint_hostname`]: textOf(endpoint['hostname']),
    [`${PREFIX}endpoint_node_name`]: textOf(endpoint['nodeName']),
    [`${PREFIX}endpoint_zone`]: textOf(endpoint['zone']),
    [`${PREFIX}address_target_kind`]: reference?.kind ?? '',
    [`${PREFIX}address_target_name`]: reference?.name ?? '',
  }
  for (const name of ['ready', 'serving', 'terminating']) {
    const value = conditions[name]
    if (typeof value === 'boolean') labels[`${PREFIX}endpoint_conditions_${name}`] = String(value)
  }
  for (const [name, value] of Object.entries(textFieldsOf(endpoint['deprecatedTopology']))) {
    const shown = sanitizeLabelName(name)
    labels[`${PREFIX}endpoint_topology_${shown}`] = value
    labels[`${PREFIX}endpoint_topology_present_${shown}`] = 'true'
  }
  const addresses = textsOf(endpoint['addresses'])
  return { addresses, reference, nodeName: textOf(endpoint['nodeName']), labels }
}

/** The addresses of a slice, each at each of its ports, and the other ports of their pods. */
export function endpointSliceTargets(
  slice: KeptEndpointSlice,
  known: KnownObjects,
): readonly Labels[] {
  const { meta, addressType } = slice
  const serviceName = meta.labels['kubernetes.io/service-name']
  const service =
    serviceName === undefined ? undefined : known.service(`${meta.namespace}/${serviceName}`)
  // Of a service with addresses of both families the second would only repeat the first.
  if (service?.firstFamily !== undefined && service.firstFamily !== addressType) return []
  const common = {
    __meta_kubernetes_namespace: meta.namespace,
    [`${PREFIX}address_type`]: addressType,
    ...metaLabels('endpointslice', meta),
    ...(service === undefined ? {} : serviceLabels(service)),
    ...namespaceMetaLabels(meta.namespace, known),
  }
  const addresses = slice.endpoints.flatMap((endpoint) => {
    const { reference, nodeName } = endpoint
    const ofNode = reference?.kind === 'Node' ? reference.name : nodeName || undefined
    const labels = { ...endpoint.labels, ...nodeMetaLabels(ofNode, known) }
    return slice.ports.flatMap((port) =>
      endpoint.addresses.map((address): EndpointAddress => ({
        address,
        port: port.number,
        reference,
        labels: { ...labels, ...port.labels },
      })),
    )
  })
  return endpointTargets(addresses, common, known)
}
