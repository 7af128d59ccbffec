import { entriesAt } from './object-fields.ts'
import { parseMilliQuantity, parseWholeQuantity } from './quantity.ts'
import type { Emit } from './state-family.ts'

const BYTES = new Set(['memory', 'storage', 'ephemeral-storage'])
/** What a qualified name with a domain looks like: resources that people add, e.g. `nvidia.com/gpu`. */
const EXTENDED =
  /^[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?\/[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/

/**
 * Emits a list of resources (`requests`, `limits`, `allocatable`, `capacity`) with the labels `resource` and `unit` as
 * kube-state-metrics names them: cores, bytes, and counts of what people add. Others are left out, as they are there.
 */
export function emitResources(
  object: unknown,
  path: readonly string[],
  emit: Emit,
  ...labels: readonly string[]
): void {
  for (const [resource, written] of entriesAt(object, ...path)) {
    const unit = unitOf(resource)
    const value = unit === 'core' ? parseMilliQuantity(written) : parseWholeQuantity(written)
    if (unit === undefined || value === undefined) continue
    emit(value, ...labels, 'resource', resource.replace(/[^a-zA-Z0-9_]/g, '_'), 'unit', unit)
  }
}

/** Pods count for nodes only; no container asks for them. */
function unitOf(resource: string): string | undefined {
  if (resource === 'cpu') return 'core'
  if (resource === 'pods') return 'integer'
  if (BYTES.has(resource) || /^(?:hugepages-|attachable-volumes-)/.test(resource)) return 'byte'
  const isOwn = resource.includes('kubernetes.io/') || resource.startsWith('requests.')
  return !isOwn && EXTENDED.test(resource) ? 'integer' : undefined
}
