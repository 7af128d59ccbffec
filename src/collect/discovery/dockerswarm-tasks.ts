import { Labels } from '../../model/labels.ts'
import { withoutMask } from './dockerswarm-services.ts'
import { hostPort } from './host-port.ts'
import {
  numberOf,
  objectOf,
  objectsOf,
  textFieldsOf,
  textOf,
  textsOf,
  type JsonObject,
} from './json-value.ts'
import { prefixedLabels } from './sanitize-label-name.ts'

type Names = Readonly<Record<string, string>>

/** What is known of the swarm that the tasks run in, by ids. */
export interface SwarmKnowledge {
  readonly services: ReadonlyMap<string, Names>
  /** The TCP ports that a service publishes. */
  readonly ports: ReadonlyMap<string, readonly JsonObject[]>
  readonly nodes: ReadonlyMap<string, Names>
  readonly networks: ReadonlyMap<string, Names>
}

/**
 * A target for each TCP port that a task publishes on its node, and for each published TCP port of its service at each of its
 * addresses; at `port` where there is none (discovery/moby/tasks.go).
 */
export function taskTargets(
  task: JsonObject,
  known: SwarmKnowledge,
  port: number,
): readonly Labels[] {
  const status = objectOf(task['Status'])
  const node = known.nodes.get(textOf(task['NodeID'])) ?? {}
  const serviceId = textOf(task['ServiceID'])
  const common = {
    ...taskLabels(task),
    ...known.services.get(serviceId),
    ...node,
  }
  const onNode = objectsOf(objectOf(status['PortStatus'])['Ports'])
    .filter((each) => each['Protocol'] === 'tcp')
    .map((each) =>
      Labels.from({
        ...common,
        ...addressLabels(node['__meta_dockerswarm_node_address'] ?? '', each),
      }),
    )
  const ports = known.ports.get(serviceId) ?? []
  const inNetworks = objectsOf(task['NetworksAttachments']).flatMap((attached) => {
    const network = known.networks.get(textOf(objectOf(attached['Network'])['ID']))
    return textsOf(attached['Addresses']).flatMap((written) => {
      const address = withoutMask(written)
      const shared = { ...common, ...network }
      return ports.length === 0
        ? [Labels.from({ ...shared, __address__: hostPort(address, port) })]
        : ports.map((each) => Labels.from({ ...shared, ...addressLabels(address, each) }))
    })
  })
  return [...onNode, ...inNetworks]
}

function taskLabels(task: JsonObject): Names {
  const status = objectOf(task['Status'])
  const container = objectOf(objectOf(task['Spec'])['ContainerSpec'])
  return {
    __meta_dockerswarm_task_id: textOf(task['ID']),
    __meta_dockerswarm_task_desired_state: textOf(task['DesiredState']),
    __meta_dockerswarm_task_state: textOf(status['State']),
    __meta_dockerswarm_task_slot: String(numberOf(task['Slot'])),
    __meta_dockerswarm_task_container_id: textOf(
      objectOf(status['ContainerStatus'])['ContainerID'],
    ),
    ...prefixedLabels('__meta_dockerswarm_container_label_', textFieldsOf(container['Labels'])),
  }
}

function addressLabels(host: string, port: JsonObject): Names {
  return {
    __address__: hostPort(host, numberOf(port['PublishedPort'])),
    __meta_dockerswarm_task_port_publish_mode: textOf(port['PublishMode']),
  }
}
