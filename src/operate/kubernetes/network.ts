import { DOORS } from './doors.ts'
import {
  inNamespace,
  instanceLabels,
  NAME,
  selectorLabels,
  type Manifest,
  type ManifestMap,
  type ManifestValue,
} from './manifest.ts'
import type { ClusterSettings, Hosts } from './read-settings.ts'

/** A push of lines or samples is larger than the megabyte that ingress-nginx lets through. */
const MAX_BODY = '64m'
/** The live tail is a connection that stays. */
const PROXY_TIMEOUT_SECONDS = '3600'

/** Nothing gets in or out, but for what the server needs. Agents are on the network of their node, where no policy reaches. */
export function networkPolicies(settings: ClusterSettings): readonly Manifest[] {
  const { namespace, nodeNetworks, isOn } = settings
  const policy = (name: string, spec: ManifestMap): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: inNamespace(namespace, name),
    spec: {
      podSelector: { matchLabels: selectorLabels('server') },
      policyTypes: ['Ingress', 'Egress'],
      ...spec,
    },
  })
  const isReachedByAgents = isOn.agent && nodeNetworks.length > 0
  return [
    policy(`${NAME}-deny`, { podSelector: { matchLabels: instanceLabels() } }),
    policy(NAME, {
      ingress: [
        // Programs of the cluster: every door but that of people asks for a credential or knows the network.
        { from: [{ namespaceSelector: {} }], ports: ports(({ name }) => name !== 'ui') },
        {
          from: [{ podSelector: {} }, { namespaceSelector: named(settings.ingress.namespace) }],
          ports: ports(({ name }) => name === 'ui'),
        },
        ...(isReachedByAgents
          ? [
              {
                from: nodeNetworks.map((cidr) => ({ ipBlock: { cidr } })),
                ports: ports(({ name }) => name === 'prometheus'),
              },
            ]
          : []),
      ],
      // It scrapes whatever has a monitor, asks kubelets and the API server, and tells people of alerts.
      egress: [{}],
    }),
  ]
}

function ports(isMeant: (door: { readonly name: string }) => boolean): readonly ManifestValue[] {
  return DOORS.filter(isMeant).map(({ name }) => ({ protocol: 'TCP', port: name }))
}

/** The namespace of that name. */
function named(namespace: string): ManifestMap {
  return { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
}

/** The doors of people and of queries, with a certificate of cert-manager. */
export function ingress({ namespace, ingress: said }: ClusterSettings, hosts: Hosts): Manifest {
  const all = Object.entries(hosts)
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...inNamespace(namespace, NAME),
      annotations: {
        'cert-manager.io/cluster-issuer': said.issuer,
        'nginx.ingress.kubernetes.io/proxy-body-size': MAX_BODY,
        'nginx.ingress.kubernetes.io/proxy-read-timeout': PROXY_TIMEOUT_SECONDS,
        'nginx.ingress.kubernetes.io/proxy-send-timeout': PROXY_TIMEOUT_SECONDS,
      },
    },
    spec: {
      ingressClassName: said.className,
      tls: [{ hosts: all.map(([, host]) => host), secretName: `${NAME}-tls` }],
      rules: all.map(([door, host]) => ({
        host,
        http: {
          paths: [
            {
              ...{ path: '/', pathType: 'Prefix' },
              backend: { service: { name: NAME, port: { name: door } } },
            },
          ],
        },
      })),
    },
  }
}

/** cert-manager's issuer of certificates of Let's Encrypt, as the Ingress names it. */
export function clusterIssuer({
  ingress: { issuer, email, className },
}: ClusterSettings): Manifest {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'ClusterIssuer',
    // Others of the cluster may use it, too: it has no name of ours.
    metadata: { name: issuer },
    spec: {
      acme: {
        email,
        server: 'https://acme-v02.api.letsencrypt.org/directory',
        privateKeySecretRef: { name: issuer },
        solvers: [{ http01: { ingress: { ingressClassName: className } } }],
      },
    },
  }
}
