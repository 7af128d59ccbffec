import { encodeCompressedWriteRequest } from '../src/formats/remote-write/encode.ts'
import { Labels } from '../src/model/labels.ts'
import type { SampleBatch } from '../src/model/samples.ts'

const INTERVAL_MS = 15_000
const STEPS_A_REQUEST = 20

interface Line {
  readonly labels: Labels
  readonly value: number
  readonly isCounter: boolean
}

/**
 * Pushes an hour of what an exporter's page says now, under a job and an instance, so that panels have as many points as they
 * would have later. Counters rise and gauges swing by a few percent.
 */
export async function pushHistory(
  prometheusUrl: string,
  page: string,
  target: { readonly job: string; readonly instance: string },
  hours: number,
): Promise<number> {
  const lines = [...readLines(page, target)]
  const steps = Math.round((hours * 3_600_000) / INTERVAL_MS)
  const lastMs = Math.floor(Date.now() / INTERVAL_MS) * INTERVAL_MS - INTERVAL_MS
  for (let from = 0; from < steps; from += STEPS_A_REQUEST) {
    const count = Math.min(STEPS_A_REQUEST, steps - from)
    const batch = batchOf(lines, lastMs - (steps - 1 - from) * INTERVAL_MS, count)
    const response = await fetch(`${prometheusUrl}/api/v1/write`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      body: encodeCompressedWriteRequest(batch),
    })
    if (!response.ok) throw new Error(`remote write: ${response.status} ${await response.text()}`)
  }
  return lines.length
}

function batchOf(lines: readonly Line[], fromMs: number, steps: number): SampleBatch {
  const rows = lines.length * steps
  const seriesIndex = new Uint32Array(rows)
  const timestampsMs = new Float64Array(rows)
  const values = new Float64Array(rows)
  lines.forEach(({ value, isCounter }, index) => {
    for (let step = 0; step < steps; step++) {
      const row = index * steps + step
      const timeMs = fromMs + step * INTERVAL_MS
      const behind = (Date.now() - timeMs) / 3_600_000
      seriesIndex[row] = index
      timestampsMs[row] = timeMs
      values[row] = isCounter
        ? value * (1 - 0.1 * behind)
        : value * (1 + 0.03 * Math.sin(timeMs / 97_000 + index))
    }
  })
  return { series: lines.map(({ labels }) => labels), seriesIndex, timestampsMs, values }
}

function* readLines(
  page: string,
  target: { readonly job: string; readonly instance: string },
): Iterable<Line> {
  const counters = new Set(
    [...page.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name = '']) => name),
  )
  for (const [, name = '', inside = '', value = ''] of page.matchAll(
    /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/gm,
  )) {
    const pairs = [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, label = '', text = '']) => [label, text.replaceAll('\\"', '"')] as const,
    )
    const labels = Labels.from({ ...Object.fromEntries(pairs), ...target, __name__: name })
    yield { labels, value: Number(value), isCounter: counters.has(name) }
  }
}
