import { agentFiles, CONTAINERD, HOST_PROC, HOST_ROOT, HOST_SYS, POD_LOGS } from './agent-config.ts'
import { configSum } from './config-map.ts'
import {
  inNamespace,
  selectorLabels,
  type Manifest,
  type ManifestMap,
  type ManifestValue,
} from './manifest.ts'
import { AGENT, AGENT_SECRET, TOKEN_FOLDER } from './names.ts'
import type { ClusterSettings } from './read-settings.ts'
import { CONFINED, pullSecrets } from './server.ts'

const DATA_FOLDER = '/var/lib/vedette-agent'

/** An agent on every node: its metrics, and the logs of its pods. */
export function agentSet(settings: ClusterSettings): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: inNamespace(settings.namespace, AGENT, 'agent'),
    spec: {
      selector: { matchLabels: selectorLabels('agent') },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: {
          labels: selectorLabels('agent'),
          annotations: configSum(agentFiles(settings)),
        },
        spec: podSpec(settings),
      },
    },
  }
}

function podSpec(settings: ClusterSettings): ManifestMap {
  return {
    serviceAccountName: AGENT,
    // The interfaces of a node are seen from its own network only.
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
    terminationGracePeriodSeconds: 30,
    tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    // Logs of pods are readable by root alone; root here has no capability at all.
    securityContext: { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: 'RuntimeDefault' } },
    ...pullSecrets(settings),
    containers: [container(settings)],
    volumes: volumes(settings),
  }
}

function container({ image, agentPort, isOn }: ClusterSettings): ManifestMap {
  const probe = {
    httpGet: { host: '127.0.0.1', path: '/-/healthy', port: agentPort },
    timeoutSeconds: 5,
  }
  return {
    name: 'agent',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '--max-semi-space-size=2', '/opt/vedette/dist/agent.js'],
    args: [
      'agent',
      '--config=/etc/vedette',
      `--data=${DATA_FOLDER}`,
      '--hostname=$(NODE_NAME)',
      `--listen.agent=127.0.0.1:${agentPort}`,
    ],
    env: [
      fromField('NODE_NAME', 'spec.nodeName'),
      // By this one it knows which pods are on its node.
      fromField('HOSTNAME', 'spec.nodeName'),
    ],
    startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 60 },
    livenessProbe: { ...probe, periodSeconds: 30, failureThreshold: 4 },
    resources: {
      requests: { cpu: '50m', memory: '128Mi' },
      limits: { cpu: '500m', memory: '256Mi' },
    },
    securityContext: CONFINED,
    volumeMounts: [
      { name: 'config', mountPath: '/etc/vedette', readOnly: true },
      { name: 'token', mountPath: TOKEN_FOLDER, readOnly: true },
      { name: 'data', mountPath: DATA_FOLDER },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'proc', mountPath: HOST_PROC, readOnly: true },
      { name: 'sys', mountPath: HOST_SYS, readOnly: true },
      {
        ...{ name: 'root', mountPath: HOST_ROOT, readOnly: true },
        // File systems that are mounted later are seen, too.
        mountPropagation: 'HostToContainer',
      },
      { name: 'pod-logs', mountPath: POD_LOGS, readOnly: true },
      ...(isOn.agentContainers
        ? [{ name: 'containerd', mountPath: CONTAINERD, readOnly: true }]
        : []),
    ],
  }
}

function fromField(name: string, fieldPath: string): ManifestMap {
  return { name, valueFrom: { fieldRef: { fieldPath } } }
}

function volumes({ namespace, isOn }: ClusterSettings): readonly ManifestValue[] {
  const host = (name: string, path: string, type = ''): ManifestMap => ({
    name,
    hostPath: type === '' ? { path } : { path, type },
  })
  return [
    { name: 'config', configMap: { name: AGENT } },
    // Not optional: an agent waits here until there is a token.
    { name: 'token', secret: { secretName: AGENT_SECRET, defaultMode: 0o400 } },
    // What waits for the server, and how far files were read, outlives a pod.
    host('data', `${DATA_FOLDER}/${namespace}`, 'DirectoryOrCreate'),
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    host('proc', '/proc'),
    host('sys', '/sys'),
    host('root', '/'),
    host('pod-logs', POD_LOGS, 'DirectoryOrCreate'),
    ...(isOn.agentContainers ? [host('containerd', CONTAINERD, 'Directory')] : []),
  ]
}
