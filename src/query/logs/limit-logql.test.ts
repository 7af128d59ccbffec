import { describe, expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import { limitLogql } from './limit-logql.ts'
import type { Logql, LogqlRequest } from './logql.ts'
import { DEFAULT_QUERY_LIMITS, type QueryLimits } from './query-limits.ts'

const NOW_MS = 1_000_000_000_000
const HOUR_NS = 3_600_000_000_000n
const NOW_NS = BigInt(NOW_MS) * 1_000_000n

function request(
  query: string,
  hours: bigint,
  signal = new AbortController().signal,
): LogqlRequest {
  return {
    ...{ query, startNs: NOW_NS - hours * HOUR_NS, endNs: NOW_NS, isInstant: false, signal },
    ...{ stepNs: 1n, intervalNs: 0n, direction: 'backward', limit: 1, maxEntries: 0 },
  }
}

/** Answers what it was asked, or waits for the end of the request. */
function ask(
  limits: Partial<QueryLimits>,
  asked: LogqlRequest,
  isSlow = false,
): Promise<{ startNs: bigint }> {
  let seen: LogqlRequest | undefined
  const slow = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Problem('canceled', 'canceled')))
    })
  const logql: Logql = {
    evaluate: (given) => {
      seen = given
      const figures = { lines: 0, bytes: 0, postFilterLines: 0 }
      if (isSlow) return slow(given.signal)
      return Promise.resolve({ type: 'streams', streams: [], warnings: [], figures })
    },
    parseMatchers: () => [],
    format: (query) => query,
  }
  const limited = limitLogql(
    logql,
    () => ({ ...DEFAULT_QUERY_LIMITS, ...limits }),
    () => NOW_MS,
  )
  return limited.evaluate(asked).then(() => ({ startNs: seen?.startNs ?? 0n }))
}

describe('a query', () => {
  it.each([
    [
      '{app="web"}',
      722n,
      {},
      'the query time range exceeds the limit (query length: 722h0m0s, limit: 30d1h)',
    ],
    [
      '{a="1", b="2", c="3"}',
      1n,
      { maxMatchers: 2 },
      'max streams matchers per query exceeded, matchers-count > limit (3 > 2)',
    ],
    [
      'sum(rate({a="1"}[1h])) / label_replace(rate({a="1"}[2h]), "x", "y", "z", ".*")',
      1n,
      { maxRangeMs: 3_600_000 },
      '[interval] value exceeds limit: [2h] > [1h]',
    ],
  ])('%s over %d h is refused', async (query, hours, limits, message) => {
    const answer = ask(limits, request(query, hours))
    await expect(answer).rejects.toMatchObject({ code: 'bad_data', message })
  })

  it('does not look further back than it may', async () => {
    const limits = { maxLookbackMs: 7_200_000 }
    expect(await ask(limits, request('{app="web"}', 5n))).toEqual({
      startNs: NOW_NS - 2n * HOUR_NS,
    })
    const old = { ...request('{app="web"}', 5n), endNs: NOW_NS - 3n * HOUR_NS }
    await expect(ask(limits, old)).rejects.toThrow(
      'this data is no longer available, it is past now - max_query_lookback (2h)',
    )
  })

  it('without bounds is answered, however long', async () => {
    const limits = { maxLengthMs: 0, maxMatchers: 0, maxRangeMs: 0, timeoutMs: 0 }
    const asked = request('rate({a="1", b="2"}[900h])', 9000n)
    expect(await ask(limits, asked)).toEqual({ startNs: asked.startNs })
  })

  it('ends when it takes too long, or nobody waits for it', async () => {
    await expect(ask({ timeoutMs: 5 }, request('{a="1"}', 1n), true)).rejects.toMatchObject({
      code: 'timeout',
    })
    const gone = new AbortController()
    const answer = ask({}, request('{a="1"}', 1n, gone.signal), true)
    gone.abort()
    await expect(answer).rejects.toMatchObject({ code: 'canceled' })
  })
})
