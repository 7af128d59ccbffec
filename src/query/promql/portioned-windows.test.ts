import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import type { SelectRequest, SeriesPortions } from '../../store/metrics-source.ts'
import { createPromqlEngine } from './create.ts'
import { MemorySource } from './testing/memory-source.ts'

const MINUTE = 60_000
const LIMITS = {
  lookbackMs: 5 * MINUTE,
  timeoutMs: 10_000,
  maxSamples: 1e6,
  maxSeries: 1000,
  maxConcurrency: 2,
  defaultStepMs: MINUTE,
}

/** A store that has everything read in portions of so many rows; one series has no samples in any range. */
function portionedSource(rows: number, failing = -1): { source: MemorySource; reads: number[] } {
  const reads: number[] = []
  const source = new MemorySource({ estimateSamples: () => 1e9 })
  const plain = filled()
  const portions = (request: SelectRequest): SeriesPortions => {
    const bounds = { signal: new AbortController().signal, maxSeries: 1000, maxSamples: 1e6 }
    const labels = [...names(), Labels.from({ __name__: 'm_total', n: 'empty' })]
    return {
      labels,
      async read(from) {
        reads.push(from)
        if (from === failing) throw new Error('gone')
        const to = Math.min(labels.length, from + rows)
        const all = await plain.select(request, bounds)
        const offsets = new Uint32Array(to - from + 1)
        const timestampsMs: number[] = []
        const values: number[] = []
        for (let row = from; row < to; row++) {
          const at = all.labels.findIndex((found) => found.equals(labels[row] ?? Labels.EMPTY))
          for (let i = all.offsets[at] ?? 0; i < (all.offsets[at + 1] ?? 0); i++) {
            timestampsMs.push(all.timestampsMs[i] ?? 0)
            values.push(all.values[i] ?? 0)
          }
          offsets[row - from + 1] = values.length
        }
        return {
          from,
          to,
          offsets,
          timestampsMs: Float64Array.from(timestampsMs),
          values: Float64Array.from(values),
        }
      },
    }
  }
  return { source: Object.assign(source, { portions }), reads }
}

function names(): Labels[] {
  return Array.from({ length: 7 }, (_, n) =>
    Labels.from({ __name__: 'm_total', n: String(n), even: String(n % 2 === 0) }),
  )
}

function filled(): MemorySource {
  const source = new MemorySource({})
  for (const [n, labels] of names().entries()) {
    for (let i = 0; i < 60; i++) source.add(labels, i * MINUTE, i * (n + 1))
  }
  return source
}

describe('selections read in portions', () => {
  it.each([
    'rate(m_total[5m])',
    'sum by (even) (rate(m_total[5m]))',
    'avg(increase(m_total[7m]))',
    'max_over_time(m_total[3m]) > 40',
    'count(last_over_time(m_total[2m] offset 1m))',
    'sum(rate(m_total[5m])) / count(rate(m_total[5m]))',
  ])('%s is what it is otherwise', async (query) => {
    const request = { query, startMs: 0, endMs: 59 * MINUTE, stepMs: MINUTE }
    const { source, reads } = portionedSource(3)
    const expected = await createPromqlEngine(filled(), LIMITS).evaluate(request)
    const found = await createPromqlEngine(source, LIMITS).evaluate(request)
    const shown = (result: typeof found) =>
      result.labels
        .map((labels, i) => {
          const from = result.offsets[i] ?? 0
          return [labels.toString(), [...result.values.subarray(from, result.offsets[i + 1])]]
        })
        .toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))
    expect(shown(found)).toEqual(shown(expected))
    expect(reads.slice(0, 3)).toEqual([0, 3, 6])
  })

  it('passes on what the store refuses in the middle', async () => {
    const { source } = portionedSource(3, 3)
    const request = { query: 'sum(rate(m_total[5m]))', startMs: 0, endMs: MINUTE, stepMs: MINUTE }
    await expect(createPromqlEngine(source, LIMITS).evaluate(request)).rejects.toThrow('gone')
  })
})
