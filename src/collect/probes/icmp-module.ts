import type { YamlNode } from '../../yaml/node.ts'
import { readAddressChoice, type AddressChoice } from './read-pattern.ts'
import { readSourceIp } from './tcp-module.ts'

export interface IcmpProbe {
  readonly choice: AddressChoice
  readonly sourceIp: string | undefined
  /** Bytes behind the header of the echo request. */
  readonly payloadSizeBytes: number
  readonly dontFragment: boolean
  readonly ttl: number
}

const DEFAULT_TTL = 64
/** The text that blackbox_exporter sends has as many bytes. */
const DEFAULT_PAYLOAD_BYTES = 28
const MAX_PAYLOAD_BYTES = 65_507

/** Reads the section `icmp` of a module. */
export function readIcmpProbe(node: YamlNode): IcmpProbe {
  const map = node.asMap()
  const sizeBytes = map?.key('payload_size').asInteger({ min: 0, max: MAX_PAYLOAD_BYTES }) ?? 0
  const ttl = map?.key('ttl').asInteger({ min: 0, max: 255 }) ?? 0
  const probe: IcmpProbe = {
    choice: map ? readAddressChoice(map) : { preferred: 'ip6', hasFallback: true },
    sourceIp: map && readSourceIp(map),
    payloadSizeBytes: sizeBytes === 0 ? DEFAULT_PAYLOAD_BYTES : sizeBytes,
    dontFragment: map?.key('dont_fragment').asBool() ?? false,
    ttl: ttl === 0 ? DEFAULT_TTL : ttl,
  }
  map?.finish()
  return probe
}
