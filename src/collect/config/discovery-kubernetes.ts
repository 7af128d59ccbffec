import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { PlainRecord } from '../../yaml/section.ts'
import { booleanIn, recordIn } from './plain-settings.ts'

/** Of which objects a role can select (discovery/kubernetes). */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  pod: ['pod', 'node'],
  service: ['service'],
  endpointslice: ['pod', 'service', 'endpointslice'],
  endpoints: ['pod', 'service', 'endpoints'],
  node: ['node'],
  ingress: ['ingress'],
}

const HTTP_CLIENT_KEYS = [
  'basic_auth',
  'authorization',
  'oauth2',
  'bearer_token',
  'bearer_token_file',
  'tls_config',
  'proxy_url',
  'http_headers',
]

/** The rules of a `kubernetes_sd_configs` item beyond the types of its keys. */
export function readKubernetesSelectors(settings: PlainRecord, map: YamlMap): void {
  const hasServer = !map.key('api_server').isEmpty
  const hasKubeconfig = !map.key('kubeconfig_file').isEmpty
  for (const name of HTTP_CLIENT_KEYS) {
    if (map.key(name).isEmpty) continue
    if (hasKubeconfig)
      map.key(name).errorAtKey('excludes kubeconfig_file, which says how to connect')
    else if (!hasServer) map.key(name).errorAtKey('needs api_server')
  }
  const isOwn = booleanIn(recordIn(settings, 'namespaces'), 'own_namespace') === true
  if (isOwn && (hasServer || hasKubeconfig)) {
    map.key('namespaces').error('own_namespace excludes api_server and kubeconfig_file')
  }
  const role = settings['role']
  if (typeof role !== 'string') return
  checkSelectors(map.key('selectors'), role, SELECTABLE[role] ?? [])
}

function checkSelectors(node: YamlNode, role: string, allowed: readonly string[]): void {
  const seen = new Set<string>()
  for (const item of node.asList() ?? []) {
    const map = item.asMap()
    const selected = map?.key('role').asString() ?? ''
    if (!allowed.includes(selected)) {
      item.error(
        `role ${role} selects among ${allowed.join(', ')} only, not ${JSON.stringify(selected)}`,
      )
    } else if (seen.has(selected)) item.error(`a second selector for ${selected}`)
    seen.add(selected)
    for (const term of map?.key('field').asString()?.split(',') ?? []) {
      if (term !== '' && !/^[^=!]+(?:==|!=|=)[^=]*$/.test(term)) {
        map?.key('field').error(`${JSON.stringify(term)} is not of the form path=value`)
      }
    }
  }
}
