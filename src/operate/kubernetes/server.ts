import { formatQuantity } from './format-quantity.ts'
import { configSum } from './config-map.ts'
import { DOORS } from './doors.ts'
import { LEAST_CORES } from './env-kinds.ts'
import {
  inNamespace,
  NAME,
  selectorLabels,
  type Manifest,
  type ManifestMap,
  type ManifestValue,
} from './manifest.ts'
import {
  AGENT_SECRET,
  HEADLESS,
  SERVER_CONFIG,
  SERVER_SECRET,
  SERVER_SECRETS_FOLDER,
} from './names.ts'
import type { ClusterSettings } from './read-settings.ts'
import { DATA_FOLDER, serverFiles } from './server-config.ts'

/** The user of the image (deploy/docker/Dockerfile). */
const USER = 10001

/** As in deploy/compose/production.yml: pages of files count, too, which the kernel takes back. */
const LIMIT_OVER_BUDGET = 1.7

/** It ends within ten seconds. */
const GRACE_SECONDS = 30

/** What no container here needs. */
export const CONFINED: ManifestMap = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}

/** The server with its volume, or several that share a store. */
export function serverSet(settings: ClusterSettings): Manifest {
  const { namespace, storage, replicas } = settings
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: inNamespace(namespace, NAME),
    spec: {
      replicas,
      // They do not wait for each other.
      ...(replicas > 1 ? { podManagementPolicy: 'Parallel' } : {}),
      serviceName: HEADLESS,
      selector: { matchLabels: selectorLabels('server') },
      template: {
        metadata: {
          labels: selectorLabels('server'),
          annotations: configSum(serverFiles(settings)),
        },
        spec: podSpec(settings),
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data', labels: selectorLabels('server') },
          spec: {
            accessModes: ['ReadWriteOnce'],
            ...(storage.className === '' ? {} : { storageClassName: storage.className }),
            resources: { requests: { storage: formatQuantity(storage.sizeBytes) } },
          },
        },
      ],
    },
  }
}

function podSpec(settings: ClusterSettings): ManifestMap {
  return {
    serviceAccountName: NAME,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(settings.replicas > 1 ? apart() : {}),
    ...pullSecrets(settings),
    containers: [
      {
        name: NAME,
        image: settings.image,
        imagePullPolicy: 'IfNotPresent',
        args: ['start', '--config=/etc/vedette'],
        env: environment(settings),
        ports: DOORS.map(({ name, port }) => ({ name, containerPort: port, protocol: 'TCP' })),
        startupProbe: { ...probe('/-/healthy'), periodSeconds: 2, failureThreshold: 60 },
        livenessProbe: { ...probe('/-/healthy'), periodSeconds: 15, failureThreshold: 4 },
        readinessProbe: { ...probe('/-/ready'), periodSeconds: 5, failureThreshold: 3 },
        resources: resources(settings),
        securityContext: CONFINED,
        volumeMounts: [
          { name: 'config', mountPath: '/etc/vedette', readOnly: true },
          ...(settings.slackChannel === ''
            ? []
            : [{ name: 'secrets', mountPath: SERVER_SECRETS_FOLDER, readOnly: true }]),
          { name: 'data', mountPath: DATA_FOLDER },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: volumes(settings),
  }
}

/** On nodes of their own, where there are enough. */
function apart(): ManifestMap {
  const podAffinityTerm = {
    labelSelector: { matchLabels: selectorLabels('server') },
    topologyKey: 'kubernetes.io/hostname',
  }
  const preferred = [{ weight: 100, podAffinityTerm }]
  return {
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: preferred } },
  }
}

/** One of several servers goes at a time when nodes are drained. One alone has no such rule: it could only keep its node. */
export function disruptionBudget({ namespace }: ClusterSettings): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: inNamespace(namespace, NAME),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels('server') } },
  }
}

/** Credentials of the image's registry. */
export function pullSecrets({ pullSecret }: ClusterSettings): ManifestMap {
  return pullSecret === '' ? {} : { imagePullSecrets: [{ name: pullSecret }] }
}

function environment({ ingress, shared }: ClusterSettings): readonly ManifestValue[] {
  // Optional: without a secret everything starts, too.
  const secret = (name: string, key: string, optional = true): ManifestMap => ({
    name,
    valueFrom: { secretKeyRef: { name: SERVER_SECRET, key, optional } },
  })
  return [
    secret('VEDETTE_ADMIN_PASSWORD', 'admin-password'),
    {
      name: 'VEDETTE_AGENT_TOKEN',
      valueFrom: { secretKeyRef: { name: AGENT_SECRET, key: 'token', optional: true } },
    },
    secret('DATA_SOURCE_NAME', 'postgres-dsn'),
    ...(shared === undefined
      ? []
      : [
          secret('METADATA_URL', 'metadata-url', false),
          secret('CLICKHOUSE_PASSWORD', 'clickhouse-password'),
        ]),
    ...(ingress.hosts === undefined
      ? []
      : [{ name: 'GF_SERVER_ROOT_URL', value: `https://${ingress.hosts.ui}/` }]),
  ]
}

function probe(path: string): ManifestMap {
  return { httpGet: { path, port: 'prometheus' }, timeoutSeconds: 5 }
}

function resources({ memoryBudgetBytes, cpuLimit }: ClusterSettings): ManifestMap {
  const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)}Mi`
  return {
    requests: { cpu: `${LEAST_CORES * 1000}m`, memory: mib(memoryBudgetBytes) },
    limits: { cpu: cpuLimit, memory: mib(memoryBudgetBytes * LIMIT_OVER_BUDGET) },
  }
}

function volumes({ slackChannel }: ClusterSettings): readonly ManifestValue[] {
  const items = [{ key: 'slack-webhook-url', path: 'slack-webhook-url' }]
  return [
    { name: 'config', configMap: { name: SERVER_CONFIG } },
    ...(slackChannel === ''
      ? []
      : [{ name: 'secrets', secret: { secretName: SERVER_SECRET, items, optional: true } }]),
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
  ]
}
