import type { ComposeService } from './compose-service.ts'
import type { PartOfService } from './read-service.ts'

/**
 * What a later file, or the service itself, says over what an earlier file or `extends` said
 * (https://docs.docker.com/reference/compose-file/merge/): single values and commands take the place, mappings are joined by key, mounts by
 * their target, lists one after the other.
 */
export function mergeServices(below: PartOfService, over: PartOfService): PartOfService {
  const targets = new Set(over.mounts.map(({ target }) => target))
  return {
    name: over.name,
    place: over.place,
    image: over.image === '' ? below.image : over.image,
    isBuilt: below.isBuilt || over.isBuilt,
    hostNames: [...new Set([...over.hostNames, ...below.hostNames])],
    entrypoint: over.entrypoint ?? below.entrypoint,
    // A new entrypoint takes the command of the old one away.
    command: over.command ?? (over.entrypoint === undefined ? below.command : undefined),
    environment: new Map([...below.environment, ...over.environment]),
    environmentFiles: [...below.environmentFiles, ...over.environmentFiles],
    mounts: [...below.mounts.filter(({ target }) => !targets.has(target)), ...over.mounts],
    ports: withoutTwins([...below.ports, ...over.ports]),
    replicas: over.replicas ?? below.replicas,
    isOnHostNetwork: over.isOnHostNetwork ?? below.isOnHostNetwork,
    memoryLimit: over.memoryLimit ?? below.memoryLimit,
    profiles: over.profiles ?? below.profiles,
    labels: new Map([...below.labels, ...over.labels]),
    others: [...below.others, ...over.others],
    extended: over.extended,
  }
}

function withoutTwins(ports: PartOfService['ports']): PartOfService['ports'] {
  const byAddress = new Map(ports.map((port) => [`${port.hostIp}:${port.host}`, port]))
  return [...byAddress.values()]
}

/** The service that all parts make. */
export function completeService(part: PartOfService): ComposeService {
  const { entrypoint, command, extended: _, ...rest } = part
  return {
    ...rest,
    command: [...(entrypoint ?? []), ...(command ?? [])],
    replicas: part.replicas ?? 1,
    isOnHostNetwork: part.isOnHostNetwork ?? false,
    profiles: part.profiles ?? [],
  }
}
