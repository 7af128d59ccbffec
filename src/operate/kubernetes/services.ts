import { DOORS, type Door } from './doors.ts'
import { inNamespace, NAME, selectorLabels, type Manifest, type ManifestMap } from './manifest.ts'
import { HEADLESS } from './names.ts'
import type { ClusterSettings } from './read-settings.ts'

export const HEADLESS_LABEL = 'service.kubernetes.io/headless'

/** All doors of the server under one address, and the one that gives its pod a name. */
export function services({ namespace, replicas }: ClusterSettings): readonly Manifest[] {
  const service = (metadata: Manifest['metadata'], extra: ManifestMap): Manifest => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      ...extra,
      selector: selectorLabels('server'),
      ports: DOORS.map(servicePort),
    },
  })
  const headless = {
    ...inNamespace(namespace, HEADLESS),
    // By this label monitors of services leave it out: it has the same pods.
    labels: { ...selectorLabels('server'), [HEADLESS_LABEL]: '' },
  }
  return [
    service(inNamespace(namespace, NAME), {
      type: 'ClusterIP',
      // A server that is not ready still answers what it can, and says what is wrong; of several another one does.
      publishNotReadyAddresses: replicas === 1,
    }),
    service(headless, { clusterIP: 'None', publishNotReadyAddresses: true }),
  ]
}

function servicePort({ name, port }: Door): ManifestMap {
  const plain = { name, port, targetPort: name, protocol: 'TCP' }
  // For proxies that ask: OTLP over gRPC is HTTP/2 without TLS.
  return name === 'otlp-grpc' ? { ...plain, appProtocol: 'kubernetes.io/h2c' } : plain
}
