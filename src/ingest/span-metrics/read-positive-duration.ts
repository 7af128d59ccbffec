import { readGoDuration } from '../../yaml/go-duration.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** A duration of Go's notation that is longer than nothing, in milliseconds. */
export function readPositiveDurationMs(node: YamlNode): number | undefined {
  const value = readGoDuration(node)
  return value === 0 ? node.error('must be longer than 0') : value
}
