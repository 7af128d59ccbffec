import { isIPv6 } from 'node:net'
import { ExpiringMap } from './expiring-map.ts'

/** Time, as an argument. */
export interface Clock {
  readonly nowMs: () => number
  readonly sleep: (durationMs: number) => Promise<void>
}

/** Whether an attempt may go on, or in how many milliseconds another one may. */
export type Admission =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryAfterMs: number }

interface Failures {
  readonly count: number
  readonly blockedUntilMs: number
}

/** Attempts that cost nothing: people mistype. */
const FREE_FOR_PAIR = 3
const FREE_FOR_ADDRESS = 10
const FREE_FOR_ACCOUNT = 10
const LONGEST_PAIR_BLOCK_MS = 60_000
const LONGEST_ADDRESS_BLOCK_MS = 300_000
const LONGEST_DELAY_MS = 5000
const FIRST_BLOCK_MS = 1000
const FIRST_DELAY_MS = 250
/** Failures are forgotten when none was added for so long. */
const MEMORY_MS = 15 * 60_000
const KNOWN_GOOD_MS = 30 * 86_400_000
const MAX_ENTRIES = 10_000
/** Attempts that are being delayed at the same time. */
const MAX_DELAYED = 64

/**
 * Slows down who guesses passwords, in three ways:
 *
 * - One account from one address: after 3 failures it is refused for 1 s, 2 s, 4 s … up to a minute.
 * - One address, whatever the account: after 10 failures it is refused for up to 5 minutes. Not this machine itself, which all
 *   users may share through a tunnel or a proxy.
 * - One account, from everywhere: after 10 failures each attempt is delayed, up to 5 s, but never refused, so that nobody can
 *   lock out somebody else. Addresses from which the account signed in before are not delayed.
 */
export class Throttle {
  readonly #clock: Clock
  readonly #isLocal: (address: string) => boolean
  readonly #pairs: ExpiringMap<Failures>
  readonly #addresses: ExpiringMap<Failures>
  readonly #accounts: ExpiringMap<Failures>
  readonly #knownGood: ExpiringMap<true>
  #delayed = 0

  constructor(clock: Clock, isLocal: (address: string) => boolean) {
    this.#clock = clock
    this.#isLocal = isLocal
    this.#pairs = new ExpiringMap(MAX_ENTRIES, clock.nowMs)
    this.#addresses = new ExpiringMap(MAX_ENTRIES, clock.nowMs)
    this.#accounts = new ExpiringMap(MAX_ENTRIES, clock.nowMs)
    this.#knownGood = new ExpiringMap(MAX_ENTRIES, clock.nowMs)
  }

  /** To be asked before each attempt; it may take seconds. */
  async admit(account: string, address: string): Promise<Admission> {
    const network = networkOf(address)
    const pair = pairOf(account, network)
    const isKnown = this.#knownGood.get(pair) === true
    const blockedUntilMs = Math.max(
      this.#pairs.get(pair)?.blockedUntilMs ?? 0,
      isKnown ? 0 : (this.#addresses.get(network)?.blockedUntilMs ?? 0),
    )
    const retryAfterMs = blockedUntilMs - this.#clock.nowMs()
    if (retryAfterMs > 0) return { ok: false, retryAfterMs }
    const failures = this.#accounts.get(account)?.count ?? 0
    if (isKnown || failures < FREE_FOR_ACCOUNT) return { ok: true }
    if (this.#delayed >= MAX_DELAYED) return { ok: false, retryAfterMs: LONGEST_DELAY_MS }
    this.#delayed++
    try {
      await this.#clock.sleep(grow(FIRST_DELAY_MS, failures - FREE_FOR_ACCOUNT, LONGEST_DELAY_MS))
    } finally {
      this.#delayed--
    }
    return { ok: true }
  }

  /** Notes a failed attempt; resolves to how many this account had from this address. */
  fail(account: string, address: string): number {
    const network = networkOf(address)
    const pair = pairOf(account, network)
    const count = this.#add(this.#pairs, pair, FREE_FOR_PAIR, LONGEST_PAIR_BLOCK_MS)
    if (!this.#isLocal(address)) {
      this.#add(this.#addresses, network, FREE_FOR_ADDRESS, LONGEST_ADDRESS_BLOCK_MS)
    }
    this.#add(this.#accounts, account, FREE_FOR_ACCOUNT, 0)
    return count
  }

  succeed(account: string, address: string): void {
    const pair = pairOf(account, networkOf(address))
    this.#pairs.delete(pair)
    this.#knownGood.set(pair, true, KNOWN_GOOD_MS)
  }

  #add(map: ExpiringMap<Failures>, key: string, free: number, longestMs: number): number {
    const count = (map.get(key)?.count ?? 0) + 1
    const blockMs = count < free ? 0 : grow(FIRST_BLOCK_MS, count - free, longestMs)
    map.set(key, { count, blockedUntilMs: this.#clock.nowMs() + blockMs }, MEMORY_MS)
    return count
  }
}

function grow(firstMs: number, times: number, longestMs: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(times, 30))
}

function pairOf(account: string, network: string): string {
  return `${network} ${account}`
}

/** One subscriber of IPv6 has 2^64 addresses, so they count as one. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
