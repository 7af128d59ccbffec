import type { DockerClient } from './docker-client.ts'
import { objectsOf, textFieldsOf, textOf } from './json-value.ts'
import { prefixedLabels } from './sanitize-label-name.ts'

/** What labels say of the networks of a daemon, by their id; the names begin with `prefix` (discovery/moby/network.go). */
export async function networkLabels(
  client: DockerClient,
  prefix: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const networks = objectsOf(await client.get('/networks', signal))
  return new Map(
    networks.map((network) => [
      textOf(network['Id']),
      {
        [`${prefix}network_id`]: textOf(network['Id']),
        [`${prefix}network_name`]: textOf(network['Name']),
        [`${prefix}network_scope`]: textOf(network['Scope']),
        [`${prefix}network_internal`]: String(network['Internal'] === true),
        [`${prefix}network_ingress`]: String(network['Ingress'] === true),
        ...prefixedLabels(`${prefix}network_label_`, textFieldsOf(network['Labels'])),
      },
    ]),
  )
}
