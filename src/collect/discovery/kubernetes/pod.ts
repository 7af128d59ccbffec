import { Labels } from '../../../model/labels.ts'
import { hostPort } from '../host-port.ts'
import { numberOf, objectOf, objectsOf, textOf, type JsonObject } from '../json-value.ts'
import { namespaceMetaLabels, nodeMetaLabels, type KnownObjects } from './known-objects.ts'
import { metaLabels, readMeta, type Names, type ObjectMeta } from './object-meta.ts'

export interface KeptPort {
  readonly name: string
  readonly number: number
  readonly protocol: string
}

export interface KeptContainer {
  readonly name: string
  readonly image: string
  /** With the runtime in front (`containerd://…`); '' before it runs. */
  readonly id: string
  readonly isInit: boolean
  readonly ports: readonly KeptPort[]
}

/** What is kept of a pod. */
export interface KeptPod {
  readonly meta: ObjectMeta
  readonly uid: string
  /** '' before it has one, and after an eviction. */
  readonly ip: string
  readonly hostIp: string
  readonly nodeName: string
  readonly phase: string
  /** `true`, `false` or `unknown`. */
  readonly ready: string
  /** Init containers after the others. */
  readonly containers: readonly KeptContainer[]
}

export function readPod(object: JsonObject): KeptPod {
  const spec = objectOf(object['spec'])
  const status = objectOf(object['status'])
  const ready = objectsOf(status['conditions']).find((each) => each['type'] === 'Ready')
  return {
    meta: readMeta(object),
    uid: textOf(objectOf(object['metadata'])['uid']),
    ip: textOf(status['podIP']),
    hostIp: textOf(status['hostIP']),
    nodeName: textOf(spec['nodeName']),
    phase: textOf(status['phase']),
    ready: ready === undefined ? 'unknown' : textOf(ready['status']).toLowerCase(),
    containers: [
      ...readContainers(spec['containers'], status['containerStatuses'], false),
      ...readContainers(spec['initContainers'], status['initContainerStatuses'], true),
    ],
  }
}

function readContainers(
  list: unknown,
  statuses: unknown,
  isInit: boolean,
): readonly KeptContainer[] {
  const ids = new Map(
    objectsOf(statuses).map((each) => [textOf(each['name']), textOf(each['containerID'])]),
  )
  return objectsOf(list).map((container) => {
    const name = textOf(container['name'])
    return {
      name,
      image: textOf(container['image']),
      id: ids.get(name) ?? '',
      isInit,
      ports: objectsOf(container['ports']).map((port) => ({
        name: textOf(port['name']),
        number: numberOf(port['containerPort']),
        protocol: textOf(port['protocol']),
      })),
    }
  })
}

/** What labels say of a pod, wherever it is met (discovery/kubernetes/pod.go, podLabels). */
export function podLabels(pod: KeptPod, known: KnownObjects): Names {
  return {
    __meta_kubernetes_pod_ip: pod.ip,
    __meta_kubernetes_pod_ready: pod.ready,
    __meta_kubernetes_pod_phase: pod.phase,
    __meta_kubernetes_pod_node_name: pod.nodeName,
    __meta_kubernetes_pod_host_ip: pod.hostIp,
    __meta_kubernetes_pod_uid: pod.uid,
    ...metaLabels('pod', pod.meta),
    ...controllerLabels(pod.meta, known),
  }
}

function controllerLabels({ controller, namespace }: ObjectMeta, known: KnownObjects): Names {
  if (controller === undefined) return {}
  const { kind, name } = controller
  const out: Record<string, string> = {
    __meta_kubernetes_pod_controller_kind: kind,
    __meta_kubernetes_pod_controller_name: name,
  }
  const key = `${namespace}/${name}`
  if (kind === 'ReplicaSet' && known.attach.deployment) {
    const owner = known.replicaSet(key)?.controller
    if (owner?.kind === 'Deployment') out['__meta_kubernetes_pod_deployment_name'] = owner.name
  }
  if (kind === 'Job' && known.attach.job) out['__meta_kubernetes_pod_job_name'] = name
  if (kind === 'Job' && known.attach.cronjob) {
    const owner = known.job(key)?.controller
    if (owner?.kind === 'CronJob') out['__meta_kubernetes_pod_cronjob_name'] = owner.name
  }
  return out
}

/** What labels say of a container and of one of its ports. */
export function containerLabels(container: KeptContainer, port: KeptPort | undefined): Names {
  const out: Record<string, string> = {
    __meta_kubernetes_pod_container_name: container.name,
    __meta_kubernetes_pod_container_image: container.image,
    __meta_kubernetes_pod_container_init: String(container.isInit),
  }
  if (port === undefined) return out
  out['__meta_kubernetes_pod_container_port_name'] = port.name
  out['__meta_kubernetes_pod_container_port_number'] = String(port.number)
  out['__meta_kubernetes_pod_container_port_protocol'] = port.protocol
  return out
}

/** A target for each port of each container, and one for a container without ports. */
export function podTargets(pod: KeptPod, known: KnownObjects): readonly Labels[] {
  if (pod.ip === '') return []
  // Pods on nodes that a selector of nodes does not choose are not wanted.
  if (known.attach.node && known.node(pod.nodeName) === undefined) return []
  const { namespace } = pod.meta
  const common = {
    ...podLabels(pod, known),
    __meta_kubernetes_namespace: namespace,
    ...nodeMetaLabels(pod.nodeName, known),
    ...namespaceMetaLabels(namespace, known),
  }
  return pod.containers.flatMap((container) => {
    const ports = container.ports.length === 0 ? [undefined] : container.ports
    return ports.map((port) =>
      Labels.from({
        ...common,
        ...containerLabels(container, port),
        __meta_kubernetes_pod_container_id: container.id,
        __address__: port === undefined ? pod.ip : hostPort(pod.ip, port.number),
      }),
    )
  })
}
