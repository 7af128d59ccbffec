import type { YamlNode } from '../../yaml/node.ts'
import { BUILT_IN_PARTS, type BuiltInPart } from '../aliases.ts'

const ADDRESS = /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$/

const CHOICES = [...BUILT_IN_PARTS, 'none'] as const

/** `aliases:` of vedette.yml: `host:port` to the part that plays the program there, or `none`. */
export function readAliases(
  node: YamlNode | undefined,
): Readonly<Record<string, BuiltInPart | 'none'>> {
  const out: [string, BuiltInPart | 'none'][] = []
  for (const entry of node?.asMap()?.entries() ?? []) {
    if (!ADDRESS.test(entry.name)) {
      entry.errorAtKey('an alias is for host:port, such as node-exporter:9100')
    }
    const part = entry.asOneOf(CHOICES)
    if (part !== undefined) out.push([entry.name, part])
    else if (entry.isEmpty) entry.errorAtKey(`must be one of ${CHOICES.join(', ')}`)
  }
  return Object.fromEntries(out)
}

/** `addresses:` of vedette.yml: `host:port` of a target to the one where it answers from here. */
export function readAddresses(node: YamlNode | undefined): Readonly<Record<string, string>> {
  const out: [string, string][] = []
  for (const entry of node?.asMap()?.entries() ?? []) {
    if (!ADDRESS.test(entry.name)) {
      entry.errorAtKey('an address is host:port, such as backend:8080')
    }
    const real = entry.asString() ?? ''
    if (ADDRESS.test(real)) out.push([entry.name.toLowerCase(), real])
    else entry.error('must be host:port, such as 127.0.0.1:8080')
  }
  return Object.fromEntries(out)
}
