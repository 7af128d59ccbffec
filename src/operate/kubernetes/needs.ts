import type { Manifest } from './manifest.ts'
import { AGENT_SECRET, METRICS_SECRET, SERVER_SECRET } from './names.ts'
import type { ClusterSettings } from './read-settings.ts'

/** Programs of a cluster whose kinds of objects may be asked for, and how they are installed. */
const PROGRAMS = {
  'ingress-nginx': [
    'helm upgrade --install ingress-nginx ingress-nginx --repo https://kubernetes.github.io/ingress-nginx',
    '  --namespace ingress-nginx --create-namespace',
  ],
  'cert-manager': [
    'helm upgrade --install cert-manager cert-manager --repo https://charts.jetstack.io',
    '  --namespace cert-manager --create-namespace --set crds.enabled=true',
  ],
  'prometheus-operator': [
    'helm upgrade --install prometheus-operator-crds prometheus-operator-crds',
    '  --repo https://prometheus-community.github.io/helm-charts',
  ],
  'opentelemetry-operator': [
    'helm upgrade --install opentelemetry-operator opentelemetry-operator',
    '  --repo https://open-telemetry.github.io/opentelemetry-helm-charts',
    '  --namespace opentelemetry-operator --create-namespace',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>

type ProgramName = keyof typeof PROGRAMS

/** What must be in the cluster for the objects to be taken, and to have an effect. */
function programsFor({ ingress, isOn }: ClusterSettings): readonly ProgramName[] {
  return [
    ...(ingress.hosts !== undefined && ingress.className === 'nginx'
      ? (['ingress-nginx'] as const)
      : []),
    ...(ingress.hosts !== undefined || ingress.email !== '' || isOn.instrumentation
      ? (['cert-manager'] as const)
      : []),
    ...(isOn.serviceMonitor ? (['prometheus-operator'] as const) : []),
    ...(isOn.instrumentation ? (['opentelemetry-operator'] as const) : []),
  ]
}

/** Lines for a person: what is to be there before the objects, and what they still need. */
export function describeNeeds(
  settings: ClusterSettings,
  secrets: readonly Manifest[],
): readonly string[] {
  const programs = programsFor(settings).flatMap((name) =>
    PROGRAMS[name].map((line, at, lines) => `  ${line}${at < lines.length - 1 ? ' \\' : ''}`),
  )
  const missing = missingSecrets(settings, secrets)
  return [
    ...(programs.length === 0
      ? []
      : ['Needed in the cluster first, unless it is there:', ...programs]),
    ...(missing.length === 0
      ? []
      : ['Secrets that are to be made (docs/kubernetes.md):', ...missing]),
  ]
}

function missingSecrets(
  { isOn, namespace, shared, slackChannel }: ClusterSettings,
  secrets: readonly Manifest[],
): readonly string[] {
  const isMade = (name: string): boolean => secrets.some(({ metadata }) => metadata.name === name)
  const exec = `kubectl -n ${namespace} exec vedette-0 -- node /opt/vedette/dist/main.js`
  const take = (secret: string): string =>
    `kubectl -n ${namespace} create secret generic ${secret} --from-file=token=/dev/stdin`
  return [
    ...(shared === undefined || isMade(SERVER_SECRET)
      ? []
      : [`  ${SERVER_SECRET}: metadata-url, and clickhouse-password if there is one`]),
    ...(slackChannel === '' || isMade(SERVER_SECRET)
      ? []
      : [`  ${SERVER_SECRET}: slack-webhook-url, and admin-password if it is to be a chosen one`]),
    ...(isOn.agent && !isMade(AGENT_SECRET)
      ? [
          `  vedette token generate | ${take(AGENT_SECRET)}   # before the server starts, or restart it then`,
        ]
      : []),
    ...(isOn.serviceMonitor && !isMade(METRICS_SECRET)
      ? [
          `  ${exec} token create prometheus --scope metrics:read --config /etc/vedette | ${take(METRICS_SECRET)}`,
        ]
      : []),
  ]
}
