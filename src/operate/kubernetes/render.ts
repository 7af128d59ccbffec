import { agentFiles } from './agent-config.ts'
import { agentSet } from './agent.ts'
import { configMap } from './config-map.ts'
import { NAME, type Manifest } from './manifest.ts'
import { AGENT, SERVER_CONFIG } from './names.ts'
import { clusterIssuer, ingress, networkPolicies } from './network.ts'
import type { ClusterSettings } from './read-settings.ts'
import { rights } from './rights.ts'
import { serverFiles } from './server-config.ts'
import { disruptionBudget, serverSet } from './server.ts'
import { services } from './services.ts'
import { instrumentation, serviceMonitor } from './telemetry.ts'

/** Every object of an installation, those that others need before them. */
export function renderManifests(
  settings: ClusterSettings,
  secrets: readonly Manifest[],
): readonly Manifest[] {
  const { namespace, isOn } = settings
  const { hosts, email } = settings.ingress
  return [
    namespaceOf(settings),
    ...rights(settings),
    ...secrets,
    configMap(namespace, SERVER_CONFIG, 'server', serverFiles(settings)),
    ...(isOn.agent ? [configMap(namespace, AGENT, 'agent', agentFiles(settings))] : []),
    ...services(settings),
    serverSet(settings),
    ...(settings.replicas > 1 ? [disruptionBudget(settings)] : []),
    ...(isOn.agent ? [agentSet(settings)] : []),
    ...(isOn.networkPolicy ? networkPolicies(settings) : []),
    ...(email === '' ? [] : [clusterIssuer(settings)]),
    ...(hosts === undefined ? [] : [ingress(settings, hosts)]),
    ...(isOn.serviceMonitor ? [serviceMonitor(settings)] : []),
    ...(isOn.instrumentation ? [instrumentation(settings)] : []),
  ]
}

/** Agents see their node, which the standards of pods' security allow in privileged namespaces only. */
function namespaceOf({ namespace, isOn }: ClusterSettings): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespace,
      labels: {
        'app.kubernetes.io/name': NAME,
        'pod-security.kubernetes.io/enforce': isOn.agent ? 'privileged' : 'restricted',
      },
    },
  }
}
