import { at, isMap, mapAt, mapsAt, mapsWithin, textAt, type Json } from './json.ts'
import { nameOf } from './read-manifests.ts'

/** Secrets that a person makes. */
const MADE_BY_HAND = new Set(['vedette', 'vedette-agent', 'vedette-metrics', 'registry'])

/** What objects name that is not there, and selectors that select nothing. */
export function referenceFaults(manifests: readonly Json[]): readonly string[] {
  const world = new World(manifests)
  return manifests.flatMap((manifest) =>
    [
      ...world.selectors(manifest),
      ...world.podParts(manifest),
      ...world.rights(manifest),
      ...world.backends(manifest),
      ...world.monitor(manifest),
      ...metadataFaults(manifest),
    ].map((fault) => `${nameOf(manifest)}: ${fault}`),
  )
}

const podOf = (workload: Json): Json => mapAt(workload, 'spec', 'template', 'spec')

class World {
  readonly #all: readonly Json[]
  readonly #workloads: readonly Json[]

  constructor(manifests: readonly Json[]) {
    this.#all = manifests
    this.#workloads = manifests.filter((one) => isMap(at(one, 'spec', 'template')))
  }

  #has(kind: string, name: string): boolean {
    return this.#all.some((one) => nameOf(one) === `${kind} ${name}`)
  }

  /** Names of the ports of the pods that labels select. */
  #portsOf(selector: Json): ReadonlySet<string> {
    const pods = this.#workloads.filter((one) => selects(selector, one))
    const ports = pods.flatMap((one) =>
      mapsAt(podOf(one), 'containers').flatMap((container) => mapsAt(container, 'ports')),
    )
    return new Set(ports.map((port) => textAt(port, 'name')))
  }

  selectors(manifest: Json): readonly string[] {
    const { kind } = manifest
    const selector = {
      Service: mapAt(manifest, 'spec', 'selector'),
      PodDisruptionBudget: mapAt(manifest, 'spec', 'selector', 'matchLabels'),
      NetworkPolicy: mapAt(manifest, 'spec', 'podSelector', 'matchLabels'),
      StatefulSet: mapAt(manifest, 'spec', 'selector', 'matchLabels'),
      DaemonSet: mapAt(manifest, 'spec', 'selector', 'matchLabels'),
    }[String(kind)]
    if (selector === undefined) return []
    const isOwn = this.#workloads.includes(manifest)
    const found = isOwn ? [manifest] : this.#workloads
    const isEmpty = Object.keys(selector).length === 0
    if (isEmpty || !found.some((one) => selects(selector, one))) return ['selects no pod']
    const known = this.#portsOf(selector)
    return [
      ...mapsAt(manifest, 'spec', 'ports').map((port) => textAt(port, 'targetPort')),
      ...mapsAt(manifest, 'spec', 'ingress').flatMap((rule) =>
        mapsAt(rule, 'ports').map((port) => textAt(port, 'port')),
      ),
    ]
      .filter((port) => !known.has(port))
      .map((port) => `there is no port ${port}`)
  }

  podParts(manifest: Json): readonly string[] {
    if (!this.#workloads.includes(manifest)) return []
    const pod = podOf(manifest)
    const account = textAt(pod, 'serviceAccountName')
    const service = textAt(manifest, 'spec', 'serviceName')
    const volumes = mapsAt(pod, 'volumes')
    const claims = mapsAt(manifest, 'spec', 'volumeClaimTemplates')
    const names = [
      ...volumes.map((volume) => textAt(volume, 'name')),
      ...claims.map((claim) => textAt(claim, 'metadata', 'name')),
    ]
    const containers = mapsAt(pod, 'containers')
    const mounted = containers.flatMap((container) =>
      mapsAt(container, 'volumeMounts').map((mount) => textAt(mount, 'name')),
    )
    return [
      ...(this.#has('ServiceAccount', account) ? [] : [`there is no account ${account}`]),
      ...(service === '' || this.#has('Service', service)
        ? []
        : [`there is no service ${service}`]),
      ...mounted
        .filter((name) => !names.includes(name))
        .map((name) => `there is no volume ${name}`),
      ...names.filter((name) => !mounted.includes(name)).map((name) => `${name} is not mounted`),
      ...volumes.flatMap((volume) => this.#volumeFaults(volume)),
      ...mapsWithin(pod).flatMap(([, map]) => this.#secretFaults(map)),
      ...containers.flatMap(probeFaults),
    ]
  }

  #volumeFaults(volume: Json): readonly string[] {
    const config = textAt(volume, 'configMap', 'name')
    return config === '' || this.#has('ConfigMap', config)
      ? []
      : [`there is no ConfigMap ${config}`]
  }

  #secretFaults(map: Json): readonly string[] {
    const names = [textAt(map, 'secret', 'secretName'), textAt(map, 'secretKeyRef', 'name')]
    return names
      .filter((name) => name !== '' && !MADE_BY_HAND.has(name))
      .map((name) => `there is no secret ${name}`)
  }

  rights(manifest: Json): readonly string[] {
    if (manifest['kind'] !== 'ClusterRoleBinding') return []
    const role = textAt(manifest, 'roleRef', 'name')
    const subjects = mapsAt(manifest, 'subjects').map((subject) => textAt(subject, 'name'))
    return [
      ...(this.#has('ClusterRole', role) ? [] : [`there is no role ${role}`]),
      ...subjects
        .filter((name) => !this.#has('ServiceAccount', name))
        .map((n) => `no account ${n}`),
    ]
  }

  backends(manifest: Json): readonly string[] {
    return mapsWithin(manifest).flatMap(([, map]) => {
      const backend = mapAt(map, 'backend', 'service')
      const name = textAt(backend, 'name')
      if (name === '') return []
      const service = this.#all.find((one) => nameOf(one) === `Service ${name}`)
      const ports = mapsAt(service, 'spec', 'ports').map((port) => textAt(port, 'name'))
      return ports.includes(textAt(backend, 'port', 'name')) ? [] : [`no port at ${name}`]
    })
  }

  /** A monitor has to find one service, or everything is scraped twice. */
  monitor(manifest: Json): readonly string[] {
    if (manifest['kind'] !== 'ServiceMonitor') return []
    const services = this.#all.filter((one) => {
      const labels = mapAt(one, 'metadata', 'labels')
      return (
        one['kind'] === 'Service' &&
        isSubset(mapAt(manifest, 'spec', 'selector', 'matchLabels'), labels) &&
        mapsAt(manifest, 'spec', 'selector', 'matchExpressions').every(
          (each) => each['operator'] === 'DoesNotExist' && !(textAt(each, 'key') in labels),
        )
      )
    })
    const ports = services.flatMap((one) => mapsAt(one, 'spec', 'ports'))
    const names = new Set(ports.map((port) => textAt(port, 'name')))
    const asked = mapsAt(manifest, 'spec', 'endpoints').map((endpoint) => textAt(endpoint, 'port'))
    return [
      ...(services.length === 1 ? [] : [`selects ${services.length} services`]),
      ...asked.filter((port) => !names.has(port)).map((port) => `there is no port ${port}`),
    ]
  }
}

function probeFaults(container: Json): readonly string[] {
  const names = new Set(mapsAt(container, 'ports').map((port) => textAt(port, 'name')))
  return ['startupProbe', 'livenessProbe', 'readinessProbe'].filter((probe) => {
    const name = textAt(container, probe, 'httpGet', 'port')
    return name !== '' && !names.has(name)
  })
}

function selects(selector: Json, workload: Json): boolean {
  return isSubset(selector, mapAt(workload, 'spec', 'template', 'metadata', 'labels'))
}

function isSubset(part: Json, whole: Json): boolean {
  return Object.entries(part).every(([key, value]) => whole[key] === value)
}

/** RFC 1123 for names, and the rules of labels (apimachinery, pkg/util/validation). */
function metadataFaults(manifest: Json): readonly string[] {
  const metadata = mapAt(manifest, 'metadata')
  const name = textAt(metadata, 'name')
  const isName = name.length <= 253 && name.split('.').every((part) => LABEL_NAME.test(part))
  const labels = mapsWithin(manifest).flatMap(([path, map]) =>
    /\.(?:labels|matchLabels|selector)$/.test(path) && manifest['kind'] !== 'ConfigMap'
      ? Object.entries(map)
      : [],
  )
  return [
    ...(isName ? [] : [`the name ${name}`]),
    ...labels
      .filter(([, value]) => !isMap(value) && !Array.isArray(value))
      .filter(([key, value]) => !LABEL_KEY.test(key) || !LABEL_VALUE.test(String(value)))
      .map(([key, value]) => `the label ${key}=${String(value)}`),
  ]
}

const LABEL_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
const LABEL_KEY = /^(?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
