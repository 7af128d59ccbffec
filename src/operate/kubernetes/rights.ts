import {
  inCluster,
  inNamespace,
  NAME,
  type Component,
  type Manifest,
  type ManifestMap,
} from './manifest.ts'
import { AGENT } from './names.ts'
import type { ClusterSettings } from './read-settings.ts'

const READ = ['get', 'list', 'watch']

/** What the section `kubernetes` and the discoveries look at (docs/collect/kubernetes.md, "Rights"), and nothing else. */
const SERVER_RULES: readonly ManifestMap[] = [
  rule('', [
    ...['configmaps', 'endpoints', 'events', 'limitranges', 'namespaces', 'nodes'],
    ...['persistentvolumeclaims', 'persistentvolumes', 'pods', 'resourcequotas', 'secrets'],
    'services',
  ]),
  rule('apps', ['daemonsets', 'deployments', 'replicasets', 'statefulsets']),
  rule('autoscaling', ['horizontalpodautoscalers']),
  rule('batch', ['cronjobs', 'jobs']),
  rule('discovery.k8s.io', ['endpointslices']),
  rule('networking.k8s.io', ['ingressclasses', 'ingresses', 'networkpolicies']),
  rule('policy', ['poddisruptionbudgets']),
  rule('storage.k8s.io', ['storageclasses']),
  rule('monitoring.coreos.com', [
    ...['alertmanagerconfigs', 'podmonitors', 'probes', 'prometheusrules', 'scrapeconfigs'],
    'servicemonitors',
  ]),
  // Kubelets, and the API server's own metrics.
  rule('', ['nodes/metrics'], ['get']),
  { nonResourceURLs: ['/metrics'], verbs: ['get'] },
]

/** Pods, for the labels of their logs. */
const AGENT_RULES: readonly ManifestMap[] = [rule('', ['pods'])]

function rule(
  group: string,
  resources: readonly string[],
  verbs: readonly string[] = READ,
): ManifestMap {
  return { apiGroups: [group], resources, verbs }
}

/** Accounts of the pods, and what they may read. */
export function rights({ namespace, isOn }: ClusterSettings): readonly Manifest[] {
  return [
    ...rightsOf(namespace, NAME, 'server', SERVER_RULES),
    ...(isOn.agent ? rightsOf(namespace, AGENT, 'agent', AGENT_RULES) : []),
  ]
}

function rightsOf(
  namespace: string,
  name: string,
  component: Component,
  rules: readonly ManifestMap[],
): readonly Manifest[] {
  const metadata = inCluster(namespace, name, component)
  const apiGroup = 'rbac.authorization.k8s.io'
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: inNamespace(namespace, name, component),
    },
    { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'ClusterRole', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]
}
