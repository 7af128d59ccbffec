import { env } from 'node:process'
import { isInCluster } from '../collect/kubernetes/api-access.ts'
import type { VedetteConfig } from '../config.ts'

/** A line for the cluster that this program runs in, unless it is followed. */
export function findCluster({ collectors }: VedetteConfig): readonly string[] {
  if (collectors.kubernetes !== undefined || !isInCluster(env)) return []
  return [
    'a Kubernetes cluster; `kubernetes: {}` in vedette.yml follows it (docs/collect/kubernetes.md)',
  ]
}
