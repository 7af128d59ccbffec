import type { IntrinsicName } from './ast.ts'

const UNSCOPED: readonly IntrinsicName[] = [
  ...(['duration', 'name', 'status', 'statusMessage', 'kind', 'parent'] as const),
  ...(['rootName', 'rootServiceName', 'traceDuration'] as const),
  ...(['nestedSetLeft', 'nestedSetRight', 'nestedSetParent'] as const),
]

const SCOPED: ReadonlyMap<string, IntrinsicName> = new Map<string, IntrinsicName>([
  ['trace:duration', 'traceDuration'],
  ['trace:rootName', 'rootName'],
  ['trace:rootService', 'rootServiceName'],
  ['trace:id', 'trace:id'],
  ['span:duration', 'duration'],
  ['span:name', 'name'],
  ['span:kind', 'kind'],
  ['span:status', 'status'],
  ['span:statusMessage', 'statusMessage'],
  ['span:id', 'span:id'],
  ['span:parentID', 'span:parentID'],
  ['span:childCount', 'span:childCount'],
  ['event:name', 'event:name'],
  ['event:timeSinceStart', 'event:timeSinceStart'],
  ['link:traceID', 'link:traceID'],
  ['link:spanID', 'link:spanID'],
  ['instrumentation:name', 'instrumentation:name'],
  ['instrumentation:version', 'instrumentation:version'],
])

/** The intrinsic of this name without a scope (`duration`), where there is one. */
export function findIntrinsic(name: string): IntrinsicName | undefined {
  return UNSCOPED.find((each) => each === name)
}

/** The intrinsic of a scope (with its colon) and a name: `span:` and `childCount`. */
export function findScopedIntrinsic(scope: string, name: string): IntrinsicName | undefined {
  return SCOPED.get(scope + name)
}
