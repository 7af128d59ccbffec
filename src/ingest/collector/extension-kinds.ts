import type { YamlNode } from '../../yaml/node.ts'
import type { ComponentKind } from './component.ts'

/** `health_check`: a page that says whether the program is up. */
export interface HealthCheck {
  readonly kind: 'health-check'
  readonly host: string
  readonly port: number
  readonly path: string
}

export type ExtensionSpec = HealthCheck | { readonly kind: 'nothing' }

/** The extensions that there are. */
export const EXTENSION_KINDS: readonly ComponentKind<ExtensionSpec>[] = [
  { name: 'health_check', signals: [], read: readHealthCheck },
  ...['pprof', 'zpages'].map((name) => ({
    name,
    signals: [],
    read: (node: YamlNode) =>
      withoutEffect(node, 'is not here: /metrics has figures of the program'),
  })),
  ...['file_storage', 'memory_ballast'].map((name) => ({
    name,
    signals: [],
    read: (node: YamlNode) => withoutEffect(node, 'is not needed here'),
  })),
]

function withoutEffect(node: YamlNode, message: string): ExtensionSpec {
  if (node.isMap) node.asMap()?.entries()
  node.warnAtKey(message)
  return { kind: 'nothing' }
}

function readHealthCheck(node: YamlNode): ExtensionSpec | undefined {
  const map = node.asMap()
  const place = map?.key('endpoint')
  const endpoint = place?.asString() ?? 'localhost:13133'
  const found = /^(?:https?:\/\/)?(.*):([0-9]{1,5})$/.exec(endpoint)
  const path = map?.key('path').asString() ?? '/'
  for (const name of ['tls', 'response_body', 'check_collector_pipeline', 'use_v2', 'cors']) {
    const key = map?.key(name)
    if (key?.isPresent === true) key.warnAtKey('has no effect')
    if (key?.isMap === true) key.asMap()?.entries()
  }
  map?.finish()
  if (found === null) return place?.error('must be host:port, such as 0.0.0.0:13133')
  const host = (found[1] ?? '').replace(/^\[|\]$/g, '')
  return {
    kind: 'health-check',
    host: host === '' ? '0.0.0.0' : host,
    port: Number(found[2]),
    path,
  }
}
