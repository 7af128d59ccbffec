import type { YamlNode } from '../../yaml/node.ts'
import { readPattern, type Pattern } from './read-pattern.ts'

/** One step of a conversation: what must come, then what is sent, then whether TLS begins. */
export interface QueryResponse {
  /** Lines are read until one matches. */
  readonly expect: Pattern | undefined
  /** So many bytes are read, and must be these. */
  readonly expectBytes: Uint8Array | undefined
  /** Labels of `probe_expect_info`, with groups of `expect` in their values. */
  readonly labels: readonly { readonly name: string; readonly value: string }[]
  /** A newline is added. Groups of `expect` are filled in. */
  readonly send: Uint8Array | undefined
  readonly startTls: boolean
}

/** Reads `query_response` (blackbox_exporter, config.QueryResponse). */
export function readQueryResponses(node: YamlNode): readonly QueryResponse[] {
  const out: QueryResponse[] = []
  for (const item of node.asList() ?? []) {
    const map = item.asMap()
    if (!map) continue
    const expectBytes = map.key('expect_bytes')
    const step: QueryResponse = {
      expect: readPattern(map.key('expect')),
      expectBytes: expectBytes.asBytes(),
      labels: readLabels(map.key('labels')),
      send: map.key('send').asBytes(),
      startTls: map.key('starttls').asBool() ?? false,
    }
    if (step.expect !== undefined && step.expectBytes !== undefined)
      expectBytes.errorAtKey('excludes expect: a step waits for a line or for bytes')
    map.finish()
    out.push(step)
  }
  return out
}

function readLabels(node: YamlNode): QueryResponse['labels'] {
  const out: { name: string; value: string }[] = []
  for (const item of node.asList() ?? []) {
    const map = item.asMap()
    if (!map) continue
    const place = map.key('name')
    const name = place.asString() ?? ''
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || out.some((each) => each.name === name)) {
      const reason = `${JSON.stringify(name)} is not the name of a label, or stands here twice`
      if (place.isPresent) place.error(reason)
      else item.error('name must be set')
    } else out.push({ name, value: map.key('value').asRawString() ?? '' })
    map.key('value')
    map.finish()
  }
  return out
}
