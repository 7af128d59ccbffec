import { isIPv4 } from 'node:net'
import { messageOf } from '../../model/problem.ts'
import type { LookupHost } from './lookup-host.ts'
import { secondsSince, type ProbeReport } from './probe-report.ts'
import type { AddressChoice } from './read-pattern.ts'

export interface ChosenAddress {
  /** Undefined when there is none that may be taken: the report says why. */
  readonly address: string | undefined
  readonly lookupSeconds: number
}

/** Looks up the target, and tells which address is probed, and how long that took. */
export async function chooseAddress(
  host: string,
  choice: AddressChoice,
  { lookup, report, signal }: { lookup: LookupHost; report: ProbeReport; signal: AbortSignal },
): Promise<ChosenAddress> {
  const startMs = performance.now()
  for (const name of ['probe_ip_protocol', 'probe_dns_lookup_time_seconds', 'probe_ip_addr_hash'])
    report.set(name, 0)
  let address: string | undefined
  try {
    address = pick(await lookup(host, signal), choice)
    if (address === undefined) report.note(`${host} has no address of kind ${choice.preferred}`)
  } catch (thrown) {
    report.note(`the name cannot be resolved: ${messageOf(thrown)}`)
  }
  const lookupSeconds = secondsSince(startMs)
  report.set('probe_dns_lookup_time_seconds', lookupSeconds)
  if (address !== undefined) {
    report.set('probe_ip_protocol', isIPv4(address) ? 4 : 6)
    report.set('probe_ip_addr_hash', hashAddress(address))
    report.note(`resolved ${host} to ${address}`)
  }
  return { address, lookupSeconds }
}

/** The first address of the preferred kind; otherwise, where that is allowed, the last of the other, as the original takes it. */
function pick(addresses: readonly string[], choice: AddressChoice): string | undefined {
  const isPreferred = (address: string): boolean => isIPv4(address) === (choice.preferred === 'ip4')
  const found = addresses.find(isPreferred)
  return found ?? (choice.hasFallback ? addresses.at(-1) : undefined)
}

/** FNV-1a of 32 bits over the bytes of the address. */
function hashAddress(address: string): number {
  let hash = 0x811c9dc5
  for (const byte of isIPv4(address) ? address.split('.').map(Number) : bytesOfIpv6(address)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  }
  return hash
}

function bytesOfIpv6(address: string): number[] {
  // The URL parser writes every form of an address as groups of hexadecimal digits.
  const bare = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1)
  const [before = '', after] = bare.split('::')
  const head = before.split(':').filter(Boolean)
  const tail = (after ?? '').split(':').filter(Boolean)
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return [...head, ...zeros, ...tail].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}
