import type { Names, ObjectMeta } from './object-meta.ts'
import type { KeptPod } from './pod.ts'
import type { KeptService } from './service.ts'
import { markLabels, metaLabels } from './object-meta.ts'

/** What is to be added to targets from other objects (`attach_metadata`). */
export interface AttachSettings {
  readonly node: boolean
  readonly namespace: boolean
  readonly deployment: boolean
  readonly job: boolean
  readonly cronjob: boolean
}

/** Objects that others point at, by their keys; undefined where there is none, or none is watched. */
export interface KnownObjects {
  readonly attach: AttachSettings
  pod(key: string): KeptPod | undefined
  service(key: string): KeptService | undefined
  node(name: string): ObjectMeta | undefined
  namespace(name: string): ObjectMeta | undefined
  replicaSet(key: string): ObjectMeta | undefined
  job(key: string): ObjectMeta | undefined
}

/** What `attach_metadata.node` adds. */
export function nodeMetaLabels(name: string | undefined, known: KnownObjects): Names {
  if (!known.attach.node || name === undefined) return {}
  const node = known.node(name)
  return node === undefined ? {} : metaLabels('node', node)
}

/** What `attach_metadata.namespace` adds. */
export function namespaceMetaLabels(name: string, known: KnownObjects): Names {
  if (!known.attach.namespace) return {}
  const namespace = known.namespace(name)
  return namespace === undefined ? {} : markLabels('namespace', namespace)
}
