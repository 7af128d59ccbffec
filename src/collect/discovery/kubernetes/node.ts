import { Labels } from '../../../model/labels.ts'
import { hostPort } from '../host-port.ts'
import { numberOf, objectOf, objectsOf, textOf, type JsonObject } from '../json-value.ts'
import { sanitizeLabelName } from '../sanitize-label-name.ts'
import { metaLabels, readMeta, type ObjectMeta } from './object-meta.ts'

/** What is kept of a node. */
export interface KeptNode {
  readonly meta: ObjectMeta
  readonly providerId: string
  readonly conditions: readonly { readonly type: string; readonly status: string }[]
  readonly addresses: readonly { readonly type: string; readonly address: string }[]
  readonly kubeletPort: number
}

/** Which address a node is scraped at, first come first served (discovery/kubernetes/node.go). */
const ADDRESS_ORDER = [
  'InternalIP',
  'InternalDNS',
  'ExternalIP',
  'ExternalDNS',
  'LegacyHostIP',
  'Hostname',
]

export function readNode(object: JsonObject): KeptNode {
  const status = objectOf(object['status'])
  const kubelet = objectOf(objectOf(status['daemonEndpoints'])['kubeletEndpoint'])
  return {
    meta: readMeta(object),
    providerId: textOf(objectOf(object['spec'])['providerID']),
    conditions: objectsOf(status['conditions']).map((each) => ({
      type: textOf(each['type']),
      status: textOf(each['status']),
    })),
    addresses: objectsOf(status['addresses']).map((each) => ({
      type: textOf(each['type']),
      address: textOf(each['address']),
    })),
    kubeletPort: numberOf(kubelet['Port']),
  }
}

/** The kubelet of a node; no target where the node has no address. */
export function nodeTargets(node: KeptNode): readonly Labels[] {
  const byType = new Map<string, string>()
  for (const { type, address } of node.addresses) {
    if (!byType.has(type)) byType.set(type, address)
  }
  const type = ADDRESS_ORDER.find((each) => byType.has(each))
  const address = type === undefined ? undefined : byType.get(type)
  if (address === undefined) return []
  const labels: Record<string, string> = {
    __meta_kubernetes_node_provider_id: node.providerId,
    ...metaLabels('node', node.meta),
    __address__: hostPort(address, node.kubeletPort),
    instance: node.meta.name,
  }
  for (const condition of node.conditions) {
    const name = sanitizeLabelName(condition.type.toLowerCase())
    labels[`__meta_kubernetes_node_condition_${name}`] = condition.status.toLowerCase()
  }
  for (const [kind, first] of byType) {
    labels[`__meta_kubernetes_node_address_${sanitizeLabelName(kind)}`] = first
  }
  return [Labels.from(labels)]
}
