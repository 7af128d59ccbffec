import { compileGroups, type GroupRegex } from '../../model/group-regex.ts'
import { RegexError } from '../../model/regex.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** A regular expression of a module, of RE2 semantics; it may match anywhere. */
export interface Pattern {
  readonly source: string
  readonly regex: GroupRegex
}

/** Reads one pattern; one that does not compile is reported with RE2's reason. */
export function readPattern(node: YamlNode): Pattern | undefined {
  const source = node.asRawString()
  if (source === undefined) return undefined
  try {
    return { source, regex: compileGroups(source) }
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    return node.error(`not a regular expression of RE2: ${thrown.message}`)
  }
}

export function readPatterns(node: YamlNode): readonly Pattern[] {
  return (node.asList() ?? []).flatMap((item) => readPattern(item) ?? [])
}

/**
 * A template with `$1`, `${1}` and `${name}` filled from the groups of a match, as Go's Regexp.Expand does: what no group is
 * stays empty.
 */
export function expandTemplate(
  template: string,
  { names }: GroupRegex,
  groups: readonly string[],
): string {
  return template.replace(
    /\$(?:\$|\{(\w+)\}|(\w+))/g,
    (all: string, braced?: string, bare?: string) => {
      if (all === '$$') return '$'
      const name = braced ?? bare ?? ''
      return groups[/^\d+$/.test(name) ? Number(name) : names.indexOf(name)] ?? ''
    },
  )
}

/** Which addresses of a name are asked. */
export interface AddressChoice {
  /** What blackbox_exporter calls `preferred_ip_protocol`; it prefers IPv6. */
  readonly preferred: 'ip4' | 'ip6'
  /** Whether the other kind is taken where there is none of the preferred one. */
  readonly hasFallback: boolean
}

export function readAddressChoice(map: YamlMap): AddressChoice {
  const node = map.key('preferred_ip_protocol')
  // blackbox_exporter takes whatever is not ip6 for ip4, a misspelt one too.
  const preferred = node.isScalar && node.asString() === '' ? 'ip6' : node.asOneOf(PROTOCOLS)
  return {
    preferred: preferred ?? 'ip6',
    hasFallback: map.key('ip_protocol_fallback').asBool() ?? true,
  }
}

const PROTOCOLS = ['ip4', 'ip6'] as const
