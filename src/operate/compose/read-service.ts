import path from 'node:path'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { ComposeReader } from './compose-reader.ts'
import type { ComposeService, EnvironmentFile, Written } from './compose-service.ts'
import { readMounts, readNamedMounts, type NamedFiles } from './read-mounts.ts'
import { readPorts } from './read-ports.ts'

/** A service as one file says it: what it leaves out is undefined, so that another file's holds. */
export interface PartOfService extends Omit<
  ComposeService,
  'command' | 'replicas' | 'isOnHostNetwork' | 'profiles'
> {
  readonly entrypoint: readonly Written[] | undefined
  readonly command: readonly Written[] | undefined
  readonly replicas: number | undefined
  readonly isOnHostNetwork: boolean | undefined
  readonly profiles: readonly string[] | undefined
  readonly extended: Extended | undefined
}

/** `extends`: a service of this file or of another one. */
export interface Extended {
  readonly service: string
  /** Absolute; undefined: the same file. */
  readonly file: string | undefined
  readonly node: YamlNode
}

export interface StackFiles {
  readonly configs: NamedFiles
  readonly secrets: NamedFiles
}

/** Reads one service of one file. */
export function readService(
  node: YamlNode,
  reader: ComposeReader,
  { configs, secrets }: StackFiles,
): PartOfService {
  const map = node.asMap()
  const at = (name: string): YamlNode | undefined => map?.key(name)
  const replaced = (name: string): string => reader.replaced(at(name))
  const names = [
    node.name,
    replaced('container_name'),
    replaced('hostname'),
    ...networkNames(map, reader),
  ]
  const profiles = at('profiles')
  const service = {
    name: node.name,
    place: reader.placeOf(node),
    image: replaced('image'),
    isBuilt: at('build')?.isEmpty === false,
    hostNames: [...new Set(names.filter((name) => name !== ''))],
    entrypoint: reader.words(at('entrypoint')),
    command: reader.words(at('command')),
    environment: reader.pairs(at('environment')),
    environmentFiles: readEnvironmentFiles(at('env_file'), reader),
    mounts: [
      ...readMounts(at('volumes'), reader),
      ...readNamedMounts(at('configs'), '/', configs, reader),
      ...readNamedMounts(at('secrets'), '/run/secrets', secrets, reader),
    ],
    ports: readPorts(at('ports'), reader),
    replicas: readReplicas(map, reader),
    isOnHostNetwork: readNetworkMode(at('network_mode'), reader),
    memoryLimit: readMemoryLimit(map, reader),
    profiles: profiles?.isPresent === true ? reader.texts(profiles) : undefined,
    labels: reader.pairs(at('labels')),
    extended: readExtended(at('extends'), reader),
  }
  const others = [...(map?.unread ?? []), 'networks', 'deploy'].flatMap((name): Written[] => {
    const other = at(name)
    return other?.isPresent === true ? [{ text: name, place: reader.placeOf(other) }] : []
  })
  return { ...service, others }
}

function readReplicas(map: YamlMap | undefined, reader: ComposeReader): number | undefined {
  const deploy = map?.key('deploy')
  const inner = deploy?.isMap === true ? deploy.asMap()?.key('replicas') : undefined
  const text = reader.replaced(inner) || reader.replaced(map?.key('scale'))
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined
}

function readMemoryLimit(map: YamlMap | undefined, reader: ComposeReader): Written | undefined {
  const inner = (node: YamlNode | undefined, name: string): YamlNode | undefined =>
    node?.isMap === true ? node.asMap()?.key(name) : undefined
  const limits = inner(inner(map?.key('deploy'), 'resources'), 'limits')
  for (const node of [inner(limits, 'memory'), map?.key('mem_limit')]) {
    if (node?.isScalar === true) return { text: reader.replaced(node), place: reader.placeOf(node) }
  }
  return undefined
}

/** `network_mode`, and the older `net`. */
function readNetworkMode(node: YamlNode | undefined, reader: ComposeReader): boolean | undefined {
  return node?.isScalar === true ? reader.replaced(node) === 'host' : undefined
}

function networkNames(map: YamlMap | undefined, reader: ComposeReader): readonly string[] {
  const networks = map?.key('networks')
  if (networks?.isMap !== true) return []
  return (networks.asMap()?.entries() ?? []).flatMap((network) =>
    network.isMap ? reader.texts(network.asMap()?.key('aliases')) : [],
  )
}

/** A path, a list of them, or `{path, required}`. */
function readEnvironmentFiles(
  node: YamlNode | undefined,
  reader: ComposeReader,
): readonly EnvironmentFile[] {
  const items = node?.isScalar === true ? [node] : reader.itemsOf(node)
  return items.flatMap((each) => {
    const map = each.isMap ? each.asMap() : undefined
    const written = reader.replaced(map === undefined ? each : map.key('path'))
    if (written === '') return []
    return [
      {
        file: path.resolve(reader.folder, written),
        place: reader.placeOf(each),
        isRequired: map?.key('required').asBool() ?? true,
      },
    ]
  })
}

function readExtended(node: YamlNode | undefined, reader: ComposeReader): Extended | undefined {
  if (node === undefined || node.isEmpty) return undefined
  if (node.isScalar) return { service: reader.replaced(node), file: undefined, node }
  const map = node.asMap()
  const file = reader.replaced(map?.key('file'))
  return {
    service: reader.replaced(map?.key('service')),
    file: file === '' ? undefined : path.resolve(reader.folder, file),
    node,
  }
}
