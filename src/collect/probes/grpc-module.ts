import { readTls, type TlsConfig } from '../../outbound/tls.ts'
import type { ReadContext } from '../../yaml/context.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readAddressChoice, type AddressChoice } from './read-pattern.ts'

/** The health check of gRPC (grpc.health.v1). */
export interface GrpcProbe {
  /** '' asks for the server as a whole. */
  readonly service: string
  readonly hasTls: boolean
  readonly tls: TlsConfig | undefined
  readonly choice: AddressChoice
  readonly metadata: Readonly<Record<string, readonly string[]>>
}

/** Reads the section `grpc` of a module. */
export function readGrpcProbe(node: YamlNode, context: ReadContext): GrpcProbe {
  const map = node.asMap()
  const metadata: [string, string[]][] = []
  for (const entry of map?.key('metadata').asMap()?.entries() ?? []) {
    const name = entry.name.toLowerCase()
    if (!/^[0-9a-z_.-]+$/.test(name) || name.startsWith('grpc-'))
      entry.errorAtKey('not a name that metadata of gRPC may have')
    else metadata.push([name, entry.asStrings() ?? []])
  }
  const probe: GrpcProbe = {
    service: map?.key('service').asString() ?? '',
    hasTls: map?.key('tls').asBool() ?? false,
    tls: map && readTls(map.key('tls_config'), context),
    choice: map ? readAddressChoice(map) : { preferred: 'ip6', hasFallback: true },
    metadata: Object.fromEntries(metadata),
  }
  map?.finish()
  return probe
}
