import { readHttpClient } from '../../../outbound/http-client.ts'
import { readUrl, type ReadContext } from '../../../yaml/context.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { Aliases } from '../../aliases.ts'
import { readLabelSet } from '../../config/label-set.ts'
import { readGoDurationMs } from '../stages/settings.ts'

export interface ClientsContext extends ReadContext {
  readonly aliases: Aliases
}

/** The labels that every line gets, of the clients that are this program. */
export type ExternalLabels = Readonly<Record<string, string>>

/**
 * Reads `clients:` and the `client:` of old files. The addresses of Loki mean this program's own store; lines are not sent to others
 * yet, which is said by their names.
 */
export function readClients(map: YamlMap, context: ClientsContext): ExternalLabels {
  const single = map.key('client')
  const shared = single.isPresent ? readClient(single, context).labels : {}
  const all = (map.key('clients').asList() ?? []).map((item) => readClient(item, context))
  const own = all.filter(({ isOwn }) => isOwn)
  for (const { node } of own.slice(1)) {
    node.warn('is this program again: lines are stored once, with the labels of the first')
  }
  // Without one, lines are kept here all the same: there is no other place for them.
  return { ...shared, ...(own[0] ?? all[0])?.labels }
}

interface Client {
  readonly node: YamlNode
  /** Whether its address is one of this program. */
  readonly isOwn: boolean
  readonly labels: ExternalLabels
}

function readClient(node: YamlNode, context: ClientsContext): Client {
  if (node.isEmpty) node.error('an empty client')
  const map = node.asMap()
  if (map === undefined) return { node, isOwn: false, labels: {} }
  const url = map.key('url')
  const isOwn = readAddress(url, context.aliases)
  if (url.isEmpty) map.node.error('url must be set')
  const tenant = map.key('tenant_id')
  if (!tenant.isEmpty) tenant.warn('there are no tenants here: all lines are kept together')
  tenant.asString()
  map.key('name').asString()
  for (const name of ['batchwait', 'timeout']) readGoDurationMs(map.key(name))
  map.key('batchsize').asInteger({ min: 0 })
  readBackoff(map.key('backoff_config'))
  map.key('drop_rate_limited_batches').asBool()
  map.key('stream_lag_labels').asString()
  for (const entry of map.key('headers').asMap()?.entries() ?? []) entry.asString()
  // Nothing is sent: what is said of sending is checked and not warned about one by one.
  readHttpClient(map, { ...context, warnsUnsupported: false })
  const labels = readLabelSet(map.key('external_labels'), 'legacy')
  if (isOwn) warnUnused(map)
  map.finish()
  return { node, isOwn, labels }
}

/** What a sender needs and a store of its own does not. */
function warnUnused(map: YamlMap): void {
  const names = ['batchwait', 'batchsize', 'timeout', 'backoff_config', 'drop_rate_limited_batches']
  const set = names.filter((name) => map.has(name))
  if (set.length === 0) return
  map.node.warn(`${set.join(', ')}: no effect here: lines go straight into this program's store`)
}

function readBackoff(node: YamlNode): void {
  const map = node.asMap()
  if (map === undefined) return
  readGoDurationMs(map.key('min_period'))
  readGoDurationMs(map.key('max_period'))
  map.key('max_retries').asInteger({ min: 0 })
  map.finish()
}

/** True when the address is one that this program answers at. */
function readAddress(node: YamlNode, aliases: Aliases): boolean {
  const url = readUrl(node)
  if (url === undefined) return false
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  if (aliases.find(`${url.hostname}:${port}`) === 'loki') return true
  node.warn(
    `lines are not sent on to ${url.host} yet: they are kept here. If this is the address of Vedette, say so under aliases: {"${url.hostname}:${port}": loki}`,
  )
  return false
}
