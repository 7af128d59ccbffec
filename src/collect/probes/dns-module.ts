import { RCODES, RECORD_CLASSES, RECORD_TYPES } from '../../formats/dns/names.ts'
import { readTls, type TlsConfig } from '../../outbound/tls.ts'
import { unlessEmpty, type ReadContext } from '../../yaml/context.ts'
import type { YamlNode } from '../../yaml/node.ts'
import {
  readAddressChoice,
  readPatterns,
  type AddressChoice,
  type Pattern,
} from './read-pattern.ts'
import { readSourceIp } from './tcp-module.ts'

/** What the records of one section of an answer must be. */
export interface RecordConditions {
  readonly failIfMatches: readonly Pattern[]
  readonly failIfAllMatch: readonly Pattern[]
  readonly failIfNotMatches: readonly Pattern[]
  readonly failIfNoneMatches: readonly Pattern[]
}

export interface DnsProbe {
  readonly choice: AddressChoice
  readonly sourceIp: string | undefined
  readonly transport: 'udp' | 'tcp'
  readonly isOverTls: boolean
  readonly tls: TlsConfig | undefined
  readonly queryName: string
  /** Numbers of the wire. */
  readonly queryType: number
  readonly queryClass: number
  readonly recursionDesired: boolean
  readonly validRcodes: readonly number[]
  readonly answer: RecordConditions
  readonly authority: RecordConditions
  readonly additional: RecordConditions
}

const TRANSPORTS = ['udp', 'tcp'] as const

/** Reads the section `dns` of a module; undefined when there is none. */
export function readDnsProbe(node: YamlNode, context: ReadContext): DnsProbe | undefined {
  const map = node.asMap()
  if (!map) return undefined
  const queryName = map.key('query_name').asString() ?? ''
  if (queryName === '') node.error('query_name must be set')
  const transport = map.key('transport_protocol')
  const isOverTls = map.key('dns_over_tls').asBool() ?? false
  const protocol = transport.isScalar && transport.asString() === '' ? undefined : transport
  const probe: DnsProbe = {
    choice: readAddressChoice(map),
    sourceIp: readSourceIp(map),
    transport: protocol?.asOneOf(TRANSPORTS) ?? 'udp',
    isOverTls,
    tls: readTls(map.key('tls_config'), context),
    queryName,
    queryType: readNumber(map.key('query_type'), RECORD_TYPES, 'ANY'),
    queryClass: readNumber(map.key('query_class'), RECORD_CLASSES, 'IN'),
    recursionDesired: map.key('recursion_desired').asBool() ?? true,
    validRcodes: readRcodes(map.key('valid_rcodes')),
    answer: readConditions(map.key('validate_answer_rrs')),
    authority: readConditions(map.key('validate_authority_rrs')),
    additional: readConditions(map.key('validate_additional_rrs')),
  }
  if (isOverTls && probe.transport !== 'tcp')
    node.error('dns_over_tls needs transport_protocol: tcp')
  map.finish()
  return probe
}

function readNumber(node: YamlNode, names: ReadonlyMap<string, number>, fallback: string): number {
  const written = unlessEmpty(node.asString()) ?? fallback
  const found = names.get(written)
  if (found === undefined) node.asOneOf([...names.keys()])
  return found ?? 0
}

function readRcodes(node: YamlNode): readonly number[] {
  const items = node.asList()
  if (items === undefined) return [0]
  return items.flatMap((item) => {
    const found = RCODES.get(item.asString() ?? '')
    if (found === undefined) item.asOneOf([...RCODES.keys()])
    return found ?? []
  })
}

function readConditions(node: YamlNode): RecordConditions {
  const map = node.asMap()
  const read = (name: string): readonly Pattern[] => (map ? readPatterns(map.key(name)) : [])
  const conditions = {
    failIfMatches: read('fail_if_matches_regexp'),
    failIfAllMatch: read('fail_if_all_match_regexp'),
    failIfNotMatches: read('fail_if_not_matches_regexp'),
    failIfNoneMatches: read('fail_if_none_matches_regexp'),
  }
  map?.finish()
  return conditions
}
