import snappy from 'snappy'

/** The data of the bench: 10,000 series: nine metrics of 1,000, a histogram of 950, 50 of build information. */
const INSTANCES = 50
const METHODS = ['GET', 'POST', 'PUT', 'DELETE']
const CODES = ['200', '201', '404', '500', '503']
const BOUNDS = [
  '0.005',
  '0.01',
  '0.025',
  '0.05',
  '0.075',
  '0.1',
  '0.25',
  '0.5',
  '0.75',
  '1',
  '2.5',
  '5',
  '7.5',
  '10',
  '15',
  '20',
  '30',
  '60',
  '+Inf',
]
export const INTERVAL_MS = 15_000
const PER_REQUEST = 5000

interface BenchSeries {
  readonly labels: readonly (readonly [string, string])[]
  readonly slope: number
}

function listSeries(): BenchSeries[] {
  const series: BenchSeries[] = []
  const add = (name: string, labels: Record<string, string>, slope: number): void => {
    const all = { __name__: name, cluster: 'bench', job: 'bench', ...labels }
    series.push({ labels: Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)), slope })
  }
  for (let metric = 0; metric < 9; metric++) {
    for (let i = 0; i < INSTANCES; i++) {
      for (const method of METHODS) {
        for (const [c, code] of CODES.entries()) {
          const labels = {
            instance: `host-${i}:8080`,
            method,
            code,
            region: `eu-${i % 3}`,
            shard: `s${metric}`,
          }
          add(
            `bench_requests_${metric}_total`,
            labels,
            1 + ((i + c + metric) % 17) + series.length / 1000,
          )
        }
      }
    }
  }
  for (let i = 0; i < INSTANCES; i++) {
    for (const [b, le] of BOUNDS.entries()) {
      add(
        'bench_latency_seconds_bucket',
        { instance: `host-${i}:8080`, le, region: `eu-${i % 3}` },
        1 + b * 2,
      )
    }
    add('bench_build_info', { instance: `host-${i}:8080`, version: `1.${i % 5}.0` }, 0)
  }
  return series
}

/** One request without its times and values, which are patched in for each round. */
interface Template {
  readonly bytes: Buffer
  readonly times: readonly number[]
  readonly values: readonly number[]
  readonly slopes: readonly number[]
}

function varint(value: number): number[] {
  const out: number[] = []
  let rest = value
  while (rest > 127) {
    out.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  out.push(rest)
  return out
}

function field(number: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(payload.length)]), payload])
}

function makeTemplate(series: readonly BenchSeries[], sampleTimeMs: number): Template {
  const parts: Buffer[] = []
  const times: number[] = []
  const values: number[] = []
  let at = 0
  for (const { labels } of series) {
    const pairs = labels.map(([name, value]) =>
      field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))])),
    )
    const time = varint(sampleTimeMs)
    const sample = Buffer.from([0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, ...time])
    const message = field(1, Buffer.concat([...pairs, field(2, sample)]))
    parts.push(message)
    at += message.length
    times.push(at - time.length)
    values.push(at - time.length - 9)
  }
  return { bytes: Buffer.concat(parts), times, values, slopes: series.map((one) => one.slope) }
}

/**
 * The bodies that one of several connections sends, in order of time: each a snappy-compressed WriteRequest of up to 5,000 series.
 * A series always goes over the same connection, so that its samples arrive in order.
 */
export function* writeRequests(
  startMs: number,
  rounds: number,
  connection = 0,
  connections = 1,
): Generator<{ body: Buffer; samples: number }> {
  const all = listSeries()
  const size = Math.ceil(all.length / connections)
  const series = all.slice(connection * size, (connection + 1) * size)
  const templates: Template[] = []
  for (let from = 0; from < series.length; from += PER_REQUEST) {
    templates.push(makeTemplate(series.slice(from, from + PER_REQUEST), startMs))
  }
  for (let round = 0; round < rounds; round++) {
    const time = varint(startMs + round * INTERVAL_MS)
    for (const template of templates) {
      for (let i = 0; i < template.times.length; i++) {
        template.bytes.set(time, template.times[i])
        const slope = template.slopes[i] as number
        template.bytes.writeDoubleLE(
          slope === 0 ? 1 : Math.floor(round * slope + (i % 7) * (round % 5)),
          template.values[i],
        )
      }
      yield { body: snappy.compressSync(template.bytes), samples: template.times.length }
    }
  }
}

/** One request with so many series that nothing else has: `flood` tells one from the other. */
export function newSeriesRequest(count: number, flood: number, timeMs: number): Buffer {
  const series = Array.from({ length: count }, (_, i): BenchSeries => {
    const labels = [
      ['__name__', `bench_flood_${i % 20}_total`],
      ['flood', String(flood)],
      ['instance', `host-${i % 100}:8080`],
      ['job', 'flood'],
      ['request', String(i)],
    ] as const
    return { labels, slope: 0 }
  })
  return snappy.compressSync(makeTemplate(series, timeMs).bytes)
}
