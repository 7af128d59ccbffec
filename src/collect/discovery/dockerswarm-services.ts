import { Labels } from '../../model/labels.ts'
import { hostPort } from './host-port.ts'
import {
  isJsonObject,
  numberOf,
  objectOf,
  objectsOf,
  textFieldsOf,
  textOf,
  type JsonObject,
} from './json-value.ts'
import { prefixedLabels } from './sanitize-label-name.ts'

type Names = Readonly<Record<string, string>>

/** What labels of a service's tasks say of it (discovery/moby/services.go). */
export function serviceLabels(service: JsonObject): Names {
  const spec = objectOf(service['Spec'])
  return {
    __meta_dockerswarm_service_id: textOf(service['ID']),
    __meta_dockerswarm_service_name: textOf(spec['Name']),
    __meta_dockerswarm_service_mode: modeOf(objectOf(spec['Mode'])),
    ...prefixedLabels('__meta_dockerswarm_service_label_', textFieldsOf(spec['Labels'])),
  }
}

/** The TCP ports that a service publishes. */
export function servicePorts(service: JsonObject): readonly JsonObject[] {
  const ports = objectsOf(objectOf(service['Endpoint'])['Ports'])
  return ports.filter((port) => port['Protocol'] === 'tcp')
}

/** A target for each published TCP port at each virtual address of a service; at `port` where it publishes none. */
export function serviceTargets(
  service: JsonObject,
  networks: ReadonlyMap<string, Names>,
  port: number,
): readonly Labels[] {
  const template = objectOf(objectOf(service['Spec'])['TaskTemplate'])
  const container = objectOf(template['ContainerSpec'])
  const update = service['UpdateStatus']
  const common = {
    ...serviceLabels(service),
    __meta_dockerswarm_service_task_container_hostname: textOf(container['Hostname']),
    __meta_dockerswarm_service_task_container_image: textOf(container['Image']),
    __meta_dockerswarm_service_updating_status: isJsonObject(update) ? textOf(update['State']) : '',
  }
  const ports = servicePorts(service)
  return objectsOf(objectOf(service['Endpoint'])['VirtualIPs']).flatMap((place) => {
    const address = withoutMask(textOf(place['Addr']))
    const shared = { ...common, ...networks.get(textOf(place['NetworkID'])) }
    if (address === '') return []
    if (ports.length === 0)
      return [Labels.from({ ...shared, __address__: hostPort(address, port) })]
    return ports.map((each) =>
      Labels.from({
        ...shared,
        __address__: hostPort(address, numberOf(each['PublishedPort'])),
        __meta_dockerswarm_service_endpoint_port_name: textOf(each['Name']),
        __meta_dockerswarm_service_endpoint_port_publish_mode: textOf(each['PublishMode']),
      }),
    )
  })
}

/** `10.0.0.3` of `10.0.0.3/24`. */
export function withoutMask(address: string): string {
  return address.split('/', 1)[0] ?? ''
}

function modeOf(mode: JsonObject): string {
  if (isJsonObject(mode['Global'])) return 'global'
  return isJsonObject(mode['Replicated']) ? 'replicated' : ''
}
