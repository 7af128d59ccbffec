/** The id of a container at the end of a group's name, alone or as a scope of systemd: `docker-<id>.scope`. */
const ID = /(?:^|[-:])([0-9a-f]{64})(?:\.scope)?$/

/** A monitor of Podman or CRI-O beside the container whose id it carries. */
const MONITOR = /^(?:libpod|crio)-conmon-/

const POD =
  /pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})(?:\.slice)?$/

/** The container that a control group is of; undefined for other groups. */
export function containerIdOf(group: string): string | undefined {
  const base = group.slice(group.lastIndexOf('/') + 1)
  return MONITOR.test(base) ? undefined : ID.exec(base)?.[1]
}

/** The uid of the pod of Kubernetes that a group holds the containers of; undefined for other groups. */
export function podUidOf(group: string): string | undefined {
  return POD.exec(group)?.[1]?.replaceAll('_', '-')
}
