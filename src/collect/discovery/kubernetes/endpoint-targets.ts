import { Labels } from '../../../model/labels.ts'
import { hostPort } from '../host-port.ts'
import type { KnownObjects } from './known-objects.ts'
import type { Names, ObjectReference } from './object-meta.ts'
import { containerLabels, podLabels, type KeptPod } from './pod.ts'

/** One address at one port of endpoints or of a slice of them. */
export interface EndpointAddress {
  readonly address: string
  /** Undefined: any port, which the rules have to say. */
  readonly port: number | undefined
  /** The protocol of the container's port, where it is not that of the container. */
  readonly protocol?: string
  readonly reference: ObjectReference | undefined
  readonly labels: Names
}

/**
 * The targets of endpoints, as both kinds of them have it (discovery/kubernetes/endpoints.go, endpointslice.go): one for each address
 * and port, with the labels of the pod behind it, and one for each other port of those pods.
 */
export function endpointTargets(
  addresses: readonly EndpointAddress[],
  common: Names,
  known: KnownObjects,
): readonly Labels[] {
  const seen = new Map<KeptPod, Set<number>>()
  const targets = addresses.map((each) => {
    const { address, port, reference } = each
    const own = {
      __address__: port === undefined ? address : hostPort(address, port),
      ...each.labels,
    }
    const pod = reference && podOf(reference, known)
    if (pod === undefined) return Labels.from({ ...common, ...own })
    const ports = seen.get(pod) ?? new Set()
    if (port !== undefined) ports.add(port)
    seen.set(pod, ports)
    return Labels.from({ ...common, ...own, ...podLabels(pod, known), ...containerOf(pod, each) })
  })
  return [...targets, ...[...seen].flatMap(([pod, ports]) => otherPorts(pod, ports, common, known))]
}

function podOf(reference: ObjectReference, known: KnownObjects): KeptPod | undefined {
  if (reference.kind !== 'Pod') return undefined
  return known.pod(`${reference.namespace}/${reference.name}`)
}

/** The last container that has the port, as the loop of the original leaves it. */
function containerOf(pod: KeptPod, { port, protocol }: EndpointAddress): Names {
  let found: Names = {}
  for (const container of pod.containers) {
    const match = container.ports.find((each) => each.number === port)
    if (match === undefined) continue
    found = containerLabels(container, { ...match, protocol: protocol ?? match.protocol })
  }
  return found
}

/** Ports of the pod that no endpoint has. */
function otherPorts(
  pod: KeptPod,
  covered: ReadonlySet<number>,
  common: Names,
  known: KnownObjects,
): readonly Labels[] {
  if (pod.ip === '') return []
  const ofPod = podLabels(pod, known)
  return pod.containers.flatMap((container) =>
    container.ports
      .filter((port) => !covered.has(port.number))
      .map((port) =>
        Labels.from({
          ...common,
          ...containerLabels(container, port),
          ...ofPod,
          __address__: hostPort(pod.ip, port.number),
        }),
      ),
  )
}
