import net from 'node:net'
import { decideAlias, type AliasDecision, type Aliases, type BuiltInPart } from '../aliases.ts'
import type { Page, PageSource } from './page-source.ts'

/** How long a decision is believed. */
const BELIEVE_MS = 60_000
const CONNECT_TIMEOUT_MS = 500

/**
 * The page of a part of this process, for the parameters of a request, which waits `waitMs` for it. Rejects as a `PageSource`
 * does. `accept` is the Accept header of who asks from elsewhere; parts that write in one format only look past it.
 */
export type PartSource = (
  signal: AbortSignal,
  params: URLSearchParams,
  waitMs: number,
  accept?: string,
) => Promise<Page>

/** What is to be read. */
export interface AliasTarget {
  readonly address: string
  readonly url: string
  readonly timeoutMs: number
}

/** The page that only what probes has. */
const PROBE = /^https?:\/\/[^/?]*\/probe(?:\?|$)/

export interface AliasSourceOptions {
  readonly aliases: Aliases
  /** The parts that can be read in this process. */
  readonly parts: ReadonlyMap<BuiltInPart, PartSource>
  /** True for an address on which this process listens. */
  readonly isOwn: (address: string) => boolean
  /** The part whose listener of this process is at an address: what answers there needs no request to oneself. */
  readonly ownPart?: (address: string) => BuiltInPart | undefined
  /** Called when a decision about an address is not the one before. */
  readonly onDecision: (address: string, decision: AliasDecision) => void
  readonly nowMs: () => number
}

/**
 * Makes the pages of addresses that this process may play. A live program behind such an address is used, so that nothing is
 * collected twice under one name; otherwise the built-in part answers. Decided anew every minute.
 */
export function aliasSources(
  options: AliasSourceOptions,
): (target: AliasTarget, fetch: PageSource) => PageSource {
  const available = new Set(options.parts.keys())
  return ({ address, url, timeoutMs }, fetch) => {
    const part = options.ownPart?.(address) ?? options.aliases.find(address)
    if (part === undefined && !options.isOwn(address)) return fetch
    if (PROBE.test(url) && part !== 'blackbox') return fetch
    const params = new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '')
    let decision: AliasDecision | undefined
    let decidedMs = Number.NEGATIVE_INFINITY
    return async (signal) => {
      if (decision === undefined || options.nowMs() - decidedMs > BELIEVE_MS) {
        const next = await decideAlias({ ...options, address, available, probe: answersAt })
        if (next.kind !== decision?.kind) options.onDecision(address, next)
        decision = next
        decidedMs = options.nowMs()
      }
      const page = decision.kind === 'part' ? options.parts.get(decision.part) : undefined
      return page === undefined ? fetch(signal) : page(signal, params, timeoutMs)
    }
  }
}

/** True when a program takes connections at `host:port`. */
export function answersAt(address: string): Promise<boolean> {
  const [, host = '', port = ''] = /^\[?([^\]]*?)\]?:([0-9]+)$/.exec(address) ?? []
  if (host === '' || Number(port) > 65_535) return Promise.resolve(false)
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port), timeout: CONNECT_TIMEOUT_MS })
    const finish = (result: boolean): void => {
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => finish(true))
    socket.once('timeout', () => finish(false))
    socket.once('error', () => finish(false))
  })
}
