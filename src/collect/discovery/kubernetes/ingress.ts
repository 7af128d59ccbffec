import { Labels } from '../../../model/labels.ts'
import {
  isJsonObject,
  objectOf,
  objectsOf,
  textOf,
  textsOf,
  type JsonObject,
} from '../json-value.ts'
import { namespaceMetaLabels, type KnownObjects } from './known-objects.ts'
import { metaLabels, readMeta, type ObjectMeta } from './object-meta.ts'

/** What is kept of an ingress. */
export interface KeptIngress {
  readonly meta: ObjectMeta
  readonly className: string
  /** Names, with `*` for one part, that are answered over TLS. */
  readonly tlsHosts: readonly string[]
  readonly rules: readonly { readonly host: string; readonly paths: readonly string[] }[]
}

export function readIngress(object: JsonObject): KeptIngress {
  const spec = objectOf(object['spec'])
  return {
    meta: readMeta(object),
    className: textOf(spec['ingressClassName']),
    tlsHosts: objectsOf(spec['tls']).flatMap((each) => textsOf(each['hosts'])),
    rules: objectsOf(spec['rules']).map((rule) => ({
      host: textOf(rule['host']),
      paths: isJsonObject(rule['http'])
        ? objectsOf(rule['http']['paths']).map((each) => textOf(each['path']) || '/')
        : ['/'],
    })),
  }
}

/** A target for each path of each host (discovery/kubernetes/ingress.go): made for probes. */
export function ingressTargets(ingress: KeptIngress, known: KnownObjects): readonly Labels[] {
  const { namespace } = ingress.meta
  const common = {
    __meta_kubernetes_namespace: namespace,
    __meta_kubernetes_ingress_class_name: ingress.className,
    ...metaLabels('ingress', ingress.meta),
    ...namespaceMetaLabels(namespace, known),
  }
  return ingress.rules.flatMap(({ host, paths }) => {
    const isTls = ingress.tlsHosts.some((pattern) => matchesHost(pattern, host))
    return paths.map((path) =>
      Labels.from({
        ...common,
        __address__: host,
        __meta_kubernetes_ingress_scheme: isTls ? 'https' : 'http',
        __meta_kubernetes_ingress_host: host,
        __meta_kubernetes_ingress_path: path,
      }),
    )
  })
}

/** `*` in front stands for exactly one part of a name. */
function matchesHost(pattern: string, host: string): boolean {
  if (pattern === host) return true
  const [first, ...rest] = pattern.split('.')
  return first === '*' && rest.join('.') === host.split('.').slice(1).join('.')
}
