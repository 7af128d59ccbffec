/** An address as a number of its family. */
interface Address {
  readonly isV4: boolean
  readonly value: bigint
}

/** What `ip("…")` accepts: an address, a range `from-to`, or a network in CIDR notation, of one family. */
export interface IpRange {
  readonly isV4: boolean
  readonly first: bigint
  readonly last: bigint
}

/** Reads the text of `ip("…")`; undefined when it is neither an address, a range nor a network. */
export function parseIpRange(text: string): IpRange | undefined {
  const single = parseAddress(text)
  if (single) return { isV4: single.isV4, first: single.value, last: single.value }
  const slash = /^([^/]+)\/(0|[1-9][0-9]{0,2})$/.exec(text)
  if (slash) return parseNetwork(slash[1] ?? '', Number(slash[2]))
  const dash = text.indexOf('-')
  if (dash < 0) return undefined
  const from = parseAddress(text.slice(0, dash))
  const to = parseAddress(text.slice(dash + 1))
  if (!from || !to || from.isV4 !== to.isV4 || from.value > to.value) return undefined
  return { isV4: from.isV4, first: from.value, last: to.value }
}

function parseNetwork(text: string, bits: number): IpRange | undefined {
  const address = parseAddress(text)
  if (!address) return undefined
  const width = address.isV4 ? 32 : 128
  if (bits > width) return undefined
  const size = 1n << BigInt(width - bits)
  const first = address.value - (address.value % size)
  return { isV4: address.isV4, first, last: first + size - 1n }
}

function parseAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined
  if (!text.includes(':')) {
    const value = parseV4(text)
    return value === undefined ? undefined : { isV4: true, value }
  }
  const value = parseV6(text)
  return value === undefined ? undefined : { isV4: false, value }
}

/** Four decimal numbers without leading zeros (net/netip). */
function parseV4(text: string): bigint | undefined {
  const found = /^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$/.exec(text)
  if (!found) return undefined
  let value = 0
  for (const part of found.slice(1)) {
    if ((part.length > 1 && part.startsWith('0')) || Number(part) > 255) return undefined
    value = value * 256 + Number(part)
  }
  return BigInt(value)
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const parts = halves.map((half, i) => readGroups(half, i === halves.length - 1))
  const [head, tail] = parts
  if (!head || (halves.length === 2 && !tail)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const groups = [...head, ...Array<bigint>(missing).fill(0n), ...(tail ?? [])]
  return groups.reduce((value, group) => (value << 16n) | group, 0n)
}

/** The 16-bit groups of one side of `::`; the last two may be written as an IPv4 address. */
function readGroups(text: string, mayEndInV4: boolean): bigint[] | undefined {
  if (text === '') return []
  const groups: bigint[] = []
  const parts = text.split(':')
  for (const [i, part] of parts.entries()) {
    if (mayEndInV4 && i === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part)
      if (v4 === undefined) return undefined
      groups.push(v4 >> 16n, v4 & 0xffffn)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`))
    else return undefined
  }
  return groups
}

const V4_HINT = /^[0-9](?:\.|.\.|..\.)/s
const V6_HINT = /^(?:::[0-9a-fA-F]|[0-9a-fA-F]{1,4}:)/

/**
 * Whether an address of the range stands anywhere in a text, found as Loki finds them (pkg/logql/log/ip.go): where something
 * begins like an address, the longest run of its characters must be one.
 */
export function containsIp(text: string, range: IpRange): boolean {
  for (let i = 0; i < text.length; i++) {
    const head = text.slice(i, i + 5)
    const isV4 = i + 3 < text.length && V4_HINT.test(head.slice(0, 4))
    if (!isV4 && !V6_HINT.test(head)) continue
    const run = runLength(text, i, isV4)
    const address = parseAddress(text.slice(i, i + run))
    if (
      address &&
      address.isV4 === range.isV4 &&
      address.value >= range.first &&
      address.value <= range.last
    ) {
      return true
    }
    i += run
  }
  return false
}

function runLength(text: string, start: number, isV4: boolean): number {
  let at = start
  while (at < text.length && isOfAddress(text.charCodeAt(at), isV4)) at++
  return at - start
}

function isOfAddress(code: number, isV4: boolean): boolean {
  if ((code >= 0x30 && code <= 0x39) || code === 0x2e) return true
  if (isV4) return false
  return code === 0x3a || (code >= 0x61 && code <= 0x66) || (code >= 0x41 && code <= 0x46)
}
