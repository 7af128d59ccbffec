import { hostname } from 'node:os'
import type { YamlNode } from '../yaml/node.ts'

/** How this program is a member of a cluster. */
export interface ClusterSettings {
  /** What people know this member by, and the `instance` of what it collects of its own machine. */
  readonly name: string
}

/** What members of a cluster have in common. */
export interface SharedPlaces {
  /** `metadata.url` is set. */
  readonly metadata: boolean
  /** `clickhouse.url` is set. */
  readonly store: boolean
}

/** A name stands in labels and in logs. */
const MAX_NAME_LENGTH = 200

/**
 * Reads `cluster: {enabled, name}`. Whoever shares both the store and the metadata is a member, unless the section says otherwise:
 * a second program beside the first must not do its work again. Undefined: it is none.
 */
export function readClusterSection(
  node: YamlNode | undefined,
  shared: SharedPlaces,
): ClusterSettings | undefined {
  const map = node?.asMap()
  const place = map?.key('enabled')
  const enabled = place?.asBool()
  const name = map?.key('name')
  const text = name?.asString()
  map?.finish()
  if (text !== undefined && (text === '' || text.length > MAX_NAME_LENGTH))
    name?.error(`must have 1 to ${MAX_NAME_LENGTH} characters`)
  const isShared = shared.metadata && shared.store
  if (enabled === true && !isShared) {
    const missing = [
      ...(shared.metadata ? [] : ['metadata.url']),
      ...(shared.store ? [] : ['clickhouse.url']),
    ]
    place?.error(`members share the metadata and the store: ${missing.join(' and ')} must be set`)
  }
  if (!isShared || enabled === false) return undefined
  return { name: text ?? hostname() }
}
