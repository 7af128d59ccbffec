import type { Labels } from '../../../model/labels.ts'
import { numberOf, objectOf, objectsOf, textOf, type JsonObject } from '../json-value.ts'
import { endpointTargets, type EndpointAddress } from './endpoint-targets.ts'
import { namespaceMetaLabels, nodeMetaLabels, type KnownObjects } from './known-objects.ts'
import {
  keyOfMeta,
  metaLabels,
  readMeta,
  readReference,
  type Names,
  type ObjectMeta,
  type ObjectReference,
} from './object-meta.ts'
import type { KeptPort } from './pod.ts'
import { serviceLabels } from './service.ts'

interface KeptAddress {
  readonly ip: string
  readonly hostname: string
  readonly nodeName: string
  readonly isReady: boolean
  readonly reference: ObjectReference | undefined
}

/** What is kept of endpoints. */
export interface KeptEndpoints {
  readonly meta: ObjectMeta
  readonly subsets: readonly {
    readonly ports: readonly KeptPort[]
    readonly addresses: readonly KeptAddress[]
  }[]
}

export function readEndpoints(object: JsonObject): KeptEndpoints {
  return {
    meta: readMeta(object),
    subsets: objectsOf(object['subsets']).map((subset) => ({
      ports: objectsOf(subset['ports']).map((port) => ({
        name: textOf(port['name']),
        number: numberOf(port['port']),
        protocol: textOf(port['protocol']),
      })),
      addresses: [
        ...objectsOf(subset['addresses']).map((each) => readAddress(each, true)),
        ...objectsOf(subset['notReadyAddresses']).map((each) => readAddress(each, false)),
      ],
    })),
  }
}

function readAddress(address: JsonObject, isReady: boolean): KeptAddress {
  return {
    ip: textOf(address['ip']),
    hostname: textOf(address['hostname']),
    nodeName: textOf(address['nodeName']),
    isReady,
    reference: readReference(objectOf(address)['targetRef']),
  }
}

/** The addresses behind a service, each at each of its ports, and the other ports of their pods. */
export function endpointsTargets(endpoints: KeptEndpoints, known: KnownObjects): readonly Labels[] {
  const { meta, subsets } = endpoints
  const service = known.service(keyOfMeta(meta))
  const common = {
    __meta_kubernetes_namespace: meta.namespace,
    ...(service === undefined ? {} : serviceLabels(service)),
    ...metaLabels('endpoints', meta),
    ...namespaceMetaLabels(meta.namespace, known),
  }
  const addresses = subsets.flatMap((subset) =>
    subset.ports.flatMap((port) =>
      subset.addresses.map((address): EndpointAddress => ({
        address: address.ip,
        port: port.number,
        protocol: port.protocol,
        reference: address.reference,
        labels: addressLabels(address, port, known),
      })),
    ),
  )
  return endpointTargets(addresses, common, known)
}

function addressLabels(address: KeptAddress, port: KeptPort, known: KnownObjects): Names {
  const { reference, nodeName, hostname, isReady } = address
  const ofNode = nodeName || (reference?.kind === 'Node' ? reference.name : undefined)
  return {
    __meta_kubernetes_endpoint_port_name: port.name,
    __meta_kubernetes_endpoint_port_protocol: port.protocol,
    __meta_kubernetes_endpoint_ready: String(isReady),
    __meta_kubernetes_endpoint_address_target_kind: reference?.kind ?? '',
    __meta_kubernetes_endpoint_address_target_name: reference?.name ?? '',
    __meta_kubernetes_endpoint_node_name: nodeName,
    __meta_kubernetes_endpoint_hostname: hostname,
    ...nodeMetaLabels(ofNode, known),
  }
}
