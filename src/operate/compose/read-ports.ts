import type { YamlNode } from '../../yaml/node.ts'
import type { ComposeReader } from './compose-reader.ts'
import type { PublishedPort } from './compose-service.ts'

/** A range that is wider publishes no listener of ours. */
const MOST_OF_A_RANGE = 100

/** `ports` of a service, of all forms: `8080`, `80:8080`, `127.0.0.1:80:8080/tcp`, ranges, mappings. */
export function readPorts(
  node: YamlNode | undefined,
  reader: ComposeReader,
): readonly PublishedPort[] {
  return reader.itemsOf(node).flatMap((each) => readPort(each, reader))
}

function readPort(node: YamlNode, reader: ComposeReader): readonly PublishedPort[] {
  const place = reader.placeOf(node)
  if (node.isMap) {
    const map = node.asMap()
    const at = (name: string): string => reader.replaced(map?.key(name))
    return portsOf(at('host_ip'), at('published'), at('target'), place)
  }
  const text = reader.replaced(node).replace(/\/(?:tcp|udp)$/, '')
  const found = /^(?:(?:\[?([0-9a-fA-F.:]+?)\]?:)?(\d+(?:-\d+)?):)?(\d+(?:-\d+)?)$/.exec(text)
  return found === null ? [] : portsOf(found[1] ?? '', found[2] ?? '', found[3] ?? '', place)
}

function portsOf(
  hostIp: string,
  host: string,
  container: string,
  place: string,
): readonly PublishedPort[] {
  const [hosts, containers] = [rangeOf(host), rangeOf(container)]
  if (hosts.length !== containers.length) return []
  return hosts.flatMap((port, at) => {
    const inside = containers[at]
    return inside === undefined ? [] : [{ hostIp, host: port, container: inside, place }]
  })
}

function rangeOf(text: string): readonly number[] {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  if (found === null) return []
  const first = Number(found[1])
  const last = found[2] === undefined ? first : Number(found[2])
  if (last < first || last - first >= MOST_OF_A_RANGE) return []
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}
