import { readFileSync } from 'node:fs'
import path from 'node:path'
import { messageOf } from '../../../model/problem.ts'
import type { OtherDiscovery } from '../../config/discovery.ts'
import type { MakingDeps } from '../discoveries.ts'
import type { Discovery, TargetGroup } from '../target-group.ts'
import { endpointSliceTargets } from './endpoint-slice.ts'
import { endpointsTargets } from './endpoints.ts'
import { ingressTargets } from './ingress.ts'
import { kubernetesSettings, type KubernetesSettings } from './kubernetes-settings.ts'
import type { KubernetesWatches } from './kubernetes-watches.ts'
import { nodeTargets } from './node.ts'
import { podTargets } from './pod.ts'
import { RoleDiscovery } from './role-discovery.ts'
import { serviceTargets } from './service.ts'
import { PLACES, type Needs, type WatchingDeps } from './watched-objects.ts'

const LEAST_BETWEEN_MS = 5000

const NOTHING: Needs = { pods: false, services: false, isOfPods: false }
const BEHIND_SERVICES: Needs = { pods: true, services: true, isOfPods: true }

type Update = (groups: readonly TargetGroup[]) => void
type StartRole = (deps: WatchingDeps, update: Update) => { stop(): void }

/** The roles of Prometheus (discovery/kubernetes/kubernetes.go). */
const ROLES: Readonly<Record<string, StartRole>> = {
  node: (deps, update) =>
    new RoleDiscovery(
      {
        place: PLACES.node,
        collections: deps.watches.nodes,
        needs: NOTHING,
        build: (node) => nodeTargets(node),
      },
      deps,
      update,
    ),
  service: (deps, update) =>
    new RoleDiscovery(
      {
        place: PLACES.service,
        collections: deps.watches.services,
        needs: NOTHING,
        build: serviceTargets,
      },
      deps,
      update,
    ),
  pod: (deps, update) =>
    new RoleDiscovery(
      {
        place: PLACES.pod,
        collections: deps.watches.pods,
        needs: { ...NOTHING, isOfPods: true },
        build: podTargets,
      },
      deps,
      update,
    ),
  endpoints: (deps, update) =>
    new RoleDiscovery(
      {
        place: PLACES.endpoints,
        collections: deps.watches.endpoints,
        needs: BEHIND_SERVICES,
        build: endpointsTargets,
      },
      deps,
      update,
    ),
  endpointslice: (deps, update) =>
    new RoleDiscovery(
      {
        place: PLACES.endpointslice,
        collections: deps.watches.endpointSlices,
        needs: BEHIND_SERVICES,
        build: endpointSliceTargets,
      },
      deps,
      update,
    ),
  ingress: (deps, update) =>
    new RoleDiscovery(
      {
        place: PLACES.ingress,
        collections: deps.watches.ingresses,
        needs: NOTHING,
        build: ingressTargets,
      },
      deps,
      update,
    ),
}

/** The objects of an item of `kubernetes_sd_configs` as targets. */
export function createKubernetesDiscovery(
  item: OtherDiscovery,
  { log, clusters }: MakingDeps,
): Discovery {
  const settings = kubernetesSettings(item)
  let watches: KubernetesWatches | undefined
  let running: { stop(): void } | undefined
  return {
    start(update) {
      try {
        const namespaces = namespacesOf(settings, clusters.place.folder)
        const leastBetweenMs = clusters.place.leastBetweenMs ?? LEAST_BETWEEN_MS
        watches = clusters.take(settings.cluster)
        running = ROLES[settings.role]?.(
          {
            ...{ settings, watches, namespaces, leastBetweenMs },
            onFault: (kind, fault) =>
              log.warn('targets cannot be discovered; those found before stay', {
                ...{ discovery: 'kubernetes', role: settings.role, objects: kind },
                reason: fault.message,
              }),
          },
          update,
        )
      } catch (thrown) {
        log.error('targets cannot be discovered', {
          ...{ discovery: 'kubernetes', role: settings.role, reason: messageOf(thrown) },
        })
      }
    },
    stop() {
      running?.stop()
      if (watches !== undefined) clusters.release(watches)
      watches = undefined
    },
  }
}

/** '' alone for all namespaces. Throws where the own one cannot be read. */
function namespacesOf(
  { namespaces, hasOwnNamespace }: KubernetesSettings,
  folder: string,
): readonly string[] {
  if (!hasOwnNamespace) return namespaces.length === 0 ? [''] : [...new Set(namespaces)]
  const file = path.join(folder, 'namespace')
  const own = readFileSync(file, 'utf8').trim()
  if (own === '') throw new Error(`the own namespace cannot be read: ${file} is empty`)
  return [...new Set([...namespaces, own])]
}
