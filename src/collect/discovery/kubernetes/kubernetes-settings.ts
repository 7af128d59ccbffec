import { PLAIN_HTTP_CLIENT, type HttpClientConfig } from '../../../outbound/http-client.ts'
import type { OtherDiscovery } from '../../config/discovery.ts'
import { booleanIn, recordIn, recordsIn, textIn, textsIn } from '../../config/plain-settings.ts'
import type { AttachSettings } from './known-objects.ts'

/** How the API server is reached; with neither address nor file by the service account of the pod. */
export interface ClusterSettings {
  readonly apiServer: string | undefined
  readonly kubeconfigFile: string | undefined
  readonly http: HttpClientConfig
}

/** Which objects of a kind are wanted. */
export interface Selector {
  readonly label: string | undefined
  readonly field: string | undefined
}

/** One item of `kubernetes_sd_configs`. */
export interface KubernetesSettings {
  readonly role: string
  readonly cluster: ClusterSettings
  /** Empty: all of them, unless the own one is named. */
  readonly namespaces: readonly string[]
  readonly hasOwnNamespace: boolean
  /** By kind: `pod`. */
  readonly selectors: ReadonlyMap<string, Selector>
  readonly attach: AttachSettings
}

export const EVERYTHING: Selector = { label: undefined, field: undefined }

export function kubernetesSettings({ settings, http }: OtherDiscovery): KubernetesSettings {
  const namespaces = recordIn(settings, 'namespaces')
  const attach = recordIn(settings, 'attach_metadata')
  const isAttached = (name: string): boolean => booleanIn(attach, name) ?? false
  return {
    role: textIn(settings, 'role') ?? '',
    cluster: {
      apiServer: textIn(settings, 'api_server'),
      kubeconfigFile: textIn(settings, 'kubeconfig_file'),
      http: http ?? PLAIN_HTTP_CLIENT,
    },
    namespaces: textsIn(namespaces, 'names'),
    hasOwnNamespace: booleanIn(namespaces, 'own_namespace') ?? false,
    selectors: new Map(
      recordsIn(settings, 'selectors').map((each) => [
        textIn(each, 'role') ?? '',
        { label: textIn(each, 'label'), field: textIn(each, 'field') },
      ]),
    ),
    attach: {
      node: isAttached('node'),
      namespace: isAttached('namespace'),
      deployment: isAttached('deployment'),
      job: isAttached('job'),
      cronjob: isAttached('cronjob'),
    },
  }
}
