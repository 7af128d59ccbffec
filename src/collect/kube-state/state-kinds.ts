import { HORIZONTAL_POD_AUTOSCALERS } from './autoscaler-families.ts'
import {
  ENDPOINTS,
  ENDPOINT_SLICES,
  INGRESSES,
  INGRESS_CLASSES,
  NETWORK_POLICIES,
  SERVICES,
} from './network-families.ts'
import {
  LIMIT_RANGES,
  NAMESPACES,
  NODES,
  POD_DISRUPTION_BUDGETS,
  RESOURCE_QUOTAS,
} from './node-families.ts'
import { PODS } from './pod-families.ts'
import type { StateKind } from './state-family.ts'
import {
  CONFIG_MAPS,
  PERSISTENT_VOLUMES,
  PERSISTENT_VOLUME_CLAIMS,
  SECRETS,
  STORAGE_CLASSES,
} from './storage-families.ts'
import {
  CRONJOBS,
  DAEMONSETS,
  DEPLOYMENTS,
  JOBS,
  REPLICASETS,
  STATEFULSETS,
} from './workload-families.ts'

/** All kinds of objects that metrics are made of, in the order of the page. */
export const STATE_KINDS: readonly StateKind[] = [
  PODS,
  DEPLOYMENTS,
  REPLICASETS,
  STATEFULSETS,
  DAEMONSETS,
  JOBS,
  CRONJOBS,
  HORIZONTAL_POD_AUTOSCALERS,
  POD_DISRUPTION_BUDGETS,
  NODES,
  NAMESPACES,
  RESOURCE_QUOTAS,
  LIMIT_RANGES,
  SERVICES,
  ENDPOINTS,
  ENDPOINT_SLICES,
  INGRESSES,
  INGRESS_CLASSES,
  NETWORK_POLICIES,
  PERSISTENT_VOLUMES,
  PERSISTENT_VOLUME_CLAIMS,
  STORAGE_CLASSES,
  CONFIG_MAPS,
  SECRETS,
]
