import { isIP } from 'node:net'
import { readTls, type TlsConfig } from '../../outbound/tls.ts'
import type { ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readQueryResponses, type QueryResponse } from './query-response.ts'
import { readAddressChoice, type AddressChoice } from './read-pattern.ts'

/** A conversation over a connection. */
export interface StreamProbe {
  readonly steps: readonly QueryResponse[]
  readonly hasTls: boolean
  /** Of `hasTls`, and of steps that begin TLS. */
  readonly tls: TlsConfig | undefined
}

export interface TcpProbe extends StreamProbe {
  readonly choice: AddressChoice
  /** The address of this machine that is connected from. */
  readonly sourceIp: string | undefined
}

const PLAIN_STREAM: StreamProbe = { steps: [], hasTls: false, tls: undefined }

const PLAIN_TCP: TcpProbe = {
  ...PLAIN_STREAM,
  choice: { preferred: 'ip6', hasFallback: true },
  sourceIp: undefined,
}

/** Reads the section `tcp` of a module. */
export function readTcpProbe(node: YamlNode, context: ReadContext): TcpProbe {
  const map = node.asMap()
  if (!map) return PLAIN_TCP
  const probe = {
    ...readStream(map, context),
    choice: readAddressChoice(map),
    sourceIp: readSourceIp(map),
  }
  map.finish()
  return probe
}

/** Reads the section `unix` of a module: its targets are paths of sockets. */
export function readUnixProbe(node: YamlNode, context: ReadContext): StreamProbe {
  const map = node.asMap()
  if (!map) return PLAIN_STREAM
  const probe = readStream(map, context)
  map.finish()
  return probe
}

/** `source_ip_address`. */
export function readSourceIp(map: YamlMap): string | undefined {
  const node = map.key('source_ip_address')
  const text = node.asString()
  if (text === undefined || text === '') return undefined
  if (isIP(text) === 0) return node.error(`must be an IP address, not ${JSON.stringify(text)}`)
  return text
}

function readStream(map: YamlMap, context: ReadContext): StreamProbe {
  return {
    steps: readQueryResponses(map.key('query_response')),
    hasTls: map.key('tls').asBool() ?? false,
    tls: readTls(map.key('tls_config'), context),
  }
}
