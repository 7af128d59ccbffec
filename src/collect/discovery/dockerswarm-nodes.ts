import { Labels } from '../../model/labels.ts'
import { hostPort } from './host-port.ts'
import { isJsonObject, objectOf, textFieldsOf, textOf, type JsonObject } from './json-value.ts'
import { prefixedLabels } from './sanitize-label-name.ts'

type Names = Readonly<Record<string, string>>

/** What labels of a node's tasks say of it (discovery/moby/nodes.go). */
export function nodeLabels(node: JsonObject): Names {
  const spec = objectOf(node['Spec'])
  const description = objectOf(node['Description'])
  const platform = objectOf(description['Platform'])
  const status = objectOf(node['Status'])
  return {
    __meta_dockerswarm_node_id: textOf(node['ID']),
    __meta_dockerswarm_node_role: textOf(spec['Role']),
    __meta_dockerswarm_node_address: textOf(status['Addr']),
    __meta_dockerswarm_node_availability: textOf(spec['Availability']),
    __meta_dockerswarm_node_hostname: textOf(description['Hostname']),
    __meta_dockerswarm_node_platform_architecture: textOf(platform['Architecture']),
    __meta_dockerswarm_node_platform_os: textOf(platform['OS']),
    __meta_dockerswarm_node_status: textOf(status['State']),
    ...prefixedLabels('__meta_dockerswarm_node_label_', textFieldsOf(spec['Labels'])),
  }
}

/** The target of a node, at `port`. */
export function nodeTargets(node: JsonObject, port: number): Labels {
  const engine = objectOf(objectOf(node['Description'])['Engine'])
  const manager = node['ManagerStatus']
  return Labels.from({
    ...nodeLabels(node),
    __address__: hostPort(textOf(objectOf(node['Status'])['Addr']), port),
    __meta_dockerswarm_node_engine_version: textOf(engine['EngineVersion']),
    ...(isJsonObject(manager)
      ? {
          __meta_dockerswarm_node_manager_leader: String(manager['Leader'] === true),
          __meta_dockerswarm_node_manager_reachability: textOf(manager['Reachability']),
          __meta_dockerswarm_node_manager_address: textOf(manager['Addr']),
        }
      : {}),
  })
}
