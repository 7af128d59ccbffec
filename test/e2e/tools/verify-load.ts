import { expect } from 'vitest'
import { queryRaw, queryValue } from './query.ts'
import type { SteadySender } from './steady-sender.ts'

/**
 * Compares what a sender was promised with raw and counted answers: every acknowledged sample is there with its value, none
 * twice. Of the request that was never acknowledged (`withUnacknowledged`) any part may be there. Resolves to the number of samples.
 */
export async function verifyLoad(
  url: string,
  { load, acknowledged }: SteadySender,
  { withUnacknowledged = false } = {},
): Promise<number> {
  const { seriesCount, samplesEach, timestampOf } = load
  const selector = `{${Object.entries(load.labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`
  const nowMs = Date.now() + 60_000
  const points = (from: number, to: number): [number, string][] =>
    Array.from({ length: to - from }, (_, i): [number, string] => [
      timestampOf(from + i) / 1000,
      String(from + i),
    ])
  const promised = points(0, acknowledged).sort(byTime)
  const possible = new Set(
    withUnacknowledged ? points(acknowledged, acknowledged + samplesEach).map(String) : [],
  )
  const series = await queryRaw(url, `${selector}[3d]`, nowMs)
  if (acknowledged > 0) expect(series.length, `series of ${selector}`).toBe(seriesCount)
  let samples = 0
  for (const { metric, values } of series) {
    const found = values.filter((point) => !possible.has(String(point)))
    expect(found, JSON.stringify(metric)).toEqual(promised)
    samples += values.length
    expect(new Set(values.map(([time]) => time)).size).toBe(values.length)
  }
  const counted = await queryValue(url, `sum(count_over_time(${selector}[3d]))`, nowMs)
  expect(counted ?? 0, `count of ${selector}`).toBe(samples)
  return samples
}

function byTime([a]: readonly [number, string], [b]: readonly [number, string]): number {
  return a - b
}
