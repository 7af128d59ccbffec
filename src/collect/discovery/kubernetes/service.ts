import { Labels } from '../../../model/labels.ts'
import { hostPort } from '../host-port.ts'
import { numberOf, objectOf, objectsOf, textOf, textsOf, type JsonObject } from '../json-value.ts'
import { namespaceMetaLabels, type KnownObjects } from './known-objects.ts'
import { metaLabels, readMeta, type Names, type ObjectMeta } from './object-meta.ts'
import type { KeptPort } from './pod.ts'

/** What is kept of a service. */
export interface KeptService {
  readonly meta: ObjectMeta
  readonly type: string
  readonly clusterIp: string
  readonly externalName: string
  /** Several are joined by commas. */
  readonly loadBalancerIp: string
  readonly ports: readonly KeptPort[]
  /** `IPv4` or `IPv6` of a service that may have addresses of both: the one that comes first. */
  readonly firstFamily: string | undefined
}

export function readService(object: JsonObject): KeptService {
  const spec = objectOf(object['spec'])
  const balancer = objectOf(objectOf(object['status'])['loadBalancer'])
  const ips = objectsOf(balancer['ingress']).flatMap((each) => textOf(each['ip']) || [])
  const policy = textOf(spec['ipFamilyPolicy'])
  const isDual = policy === 'PreferDualStack' || policy === 'RequireDualStack'
  return {
    meta: readMeta(object),
    type: textOf(spec['type']),
    clusterIp: textOf(spec['clusterIP']),
    externalName: textOf(spec['externalName']),
    loadBalancerIp: ips.length > 0 ? ips.join(',') : textOf(spec['loadBalancerIP']),
    ports: objectsOf(spec['ports']).map((port) => ({
      name: textOf(port['name']),
      number: numberOf(port['port']),
      protocol: textOf(port['protocol']),
    })),
    firstFamily: isDual ? textsOf(spec['ipFamilies'])[0] : undefined,
  }
}

/** What labels say of a service, wherever it is met (discovery/kubernetes/service.go, serviceLabels). */
export function serviceLabels({ meta }: KeptService): Names {
  return { __meta_kubernetes_namespace: meta.namespace, ...metaLabels('service', meta) }
}

/** A target for each port, at the name that the service has within the cluster. */
export function serviceTargets(service: KeptService, known: KnownObjects): readonly Labels[] {
  const { name, namespace } = service.meta
  const common = {
    ...serviceLabels(service),
    ...namespaceMetaLabels(namespace, known),
    __meta_kubernetes_service_type: service.type,
    ...(service.type === 'ExternalName'
      ? { __meta_kubernetes_service_external_name: service.externalName }
      : { __meta_kubernetes_service_cluster_ip: service.clusterIp }),
    ...(service.type === 'LoadBalancer'
      ? { __meta_kubernetes_service_loadbalancer_ip: service.loadBalancerIp }
      : {}),
  }
  return service.ports.map((port) =>
    Labels.from({
      ...common,
      __address__: hostPort(`${name}.${namespace}.svc`, port.number),
      __meta_kubernetes_service_port_name: port.name,
      __meta_kubernetes_service_port_number: String(port.number),
      __meta_kubernetes_service_port_protocol: port.protocol,
    }),
  )
}
