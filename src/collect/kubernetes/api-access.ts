import path from 'node:path'
import { Problem } from '../../model/problem.ts'
import { PLAIN_HTTP_CLIENT, type HttpClientConfig } from '../../outbound/http-client.ts'

/** Where an API server answers and how it is spoken to. Files in it are read anew for each request. */
export interface ApiAccess {
  /** A URL; what paths are added to. */
  readonly server: string
  readonly http: HttpClientConfig
  /** The namespace that is meant where none is named; undefined where nothing says it. */
  readonly namespace: string | undefined
}

/** Where Kubernetes puts the account of a pod. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

type Environment = Readonly<Record<string, string | undefined>>

/** True in a pod of a cluster. */
export function isInCluster(env: Environment): boolean {
  return Boolean(env['KUBERNETES_SERVICE_HOST'] && env['KUBERNETES_SERVICE_PORT'])
}

/**
 * The access that every pod has (client-go, rest.InClusterConfig): the address from the environment, the token and the CA from the
 * folder of the service account. Throws a `Problem` outside of a cluster.
 */
export function inClusterAccess(
  env: Environment,
  folder: string = SERVICE_ACCOUNT_FOLDER,
): ApiAccess {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  const port = env['KUBERNETES_SERVICE_PORT'] ?? ''
  if (host === '' || port === '') {
    throw new Problem(
      'unavailable',
      'this is no pod of a cluster (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set): say api_server or kubeconfig_file',
    )
  }
  const shown = host.includes(':') ? `[${host}]` : host
  return {
    server: `https://${shown}:${port}`,
    http: {
      ...PLAIN_HTTP_CLIENT,
      authorization: {
        type: 'Bearer',
        credentials: undefined,
        credentialsFile: path.join(folder, 'token'),
      },
      tls: {
        ca: undefined,
        caFile: path.join(folder, 'ca.crt'),
        cert: undefined,
        certFile: undefined,
        key: undefined,
        keyFile: undefined,
        serverName: undefined,
        insecureSkipVerify: false,
        minVersion: undefined,
        maxVersion: undefined,
      },
    },
    namespace: undefined,
  }
}
