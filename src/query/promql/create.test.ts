import { afterEach, describe, expect, it, vi } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { GridRequest, SeriesColumns } from '../../store/metrics-source.ts'
import { createPromqlEngine } from './create.ts'
import type { PromqlLimits, PromqlRequest, PromqlResult } from './engine.ts'
import { MemorySource } from './testing/memory-source.ts'
import { SCRIPT_LIMITS } from './testing/run-script.ts'

const MINUTE = 60_000

function instant(query: string, atMs = 0): PromqlRequest {
  return { query, startMs: atMs, endMs: atMs, stepMs: 0 }
}

function range(query: string, endMs: number, stepMs = MINUTE): PromqlRequest {
  return { query, startMs: 0, endMs, stepMs }
}

/** `m{n="0"}` and so on: a sample a minute, the value is the minute. */
function sourceOf(series: number, samples: number): MemorySource {
  const source = new MemorySource()
  for (let n = 0; n < series; n++) {
    const labels = Labels.from({ __name__: 'm', n: String(n) })
    for (let i = 0; i < samples; i++) source.add(labels, i * MINUTE, i)
  }
  return source
}

function engineOf(source: MemorySource, limits: Partial<PromqlLimits> = {}) {
  return createPromqlEngine(source, { ...SCRIPT_LIMITS, ...limits })
}

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const thrown: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(thrown instanceof Problem)) throw new Error(`not a Problem: ${String(thrown)}`)
  return thrown
}

/** A source that answers only when it is told to. */
class SlowSource extends MemorySource {
  readonly started: (() => void)[] = []
  readonly #waiting: (() => void)[] = []

  override select(): Promise<SeriesColumns> {
    for (const started of this.started.splice(0)) started()
    return new Promise((resolve) => {
      const none = new Float64Array(0)
      const answer = { labels: [], offsets: new Uint32Array(1), timestampsMs: none, values: none }
      this.#waiting.push(() => resolve(answer))
    })
  }

  answer(): void {
    for (const waiting of this.#waiting.splice(0)) waiting()
  }

  /** Resolves when the next query asks for something. */
  nextStart(): Promise<void> {
    return new Promise((resolve) => this.started.push(resolve))
  }
}

describe('createPromqlEngine', () => {
  afterEach(() => vi.useRealTimers())

  it('answers with columns: series in the order of their labels, samples only where there are any', async () => {
    const source = sourceOf(12, 3)
    source.add(Labels.from({ __name__: 'm', n: '10' }), 20 * MINUTE, 7)
    const result = await engineOf(source).evaluate(range('m', 20 * MINUTE, 10 * MINUTE))
    expect(result.type).toBe('matrix')
    expect(result.labels.map((labels) => labels.get('n'))).toEqual([
      '0',
      '1',
      '10',
      '11',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
    ])
    const from = result.offsets[2] as number
    const to = result.offsets[3] as number
    expect([...result.timestampsMs.subarray(from, to)]).toEqual([0, 20 * MINUTE])
    expect([...result.values.subarray(from, to)]).toEqual([0, 7])
    expect(result.stats.samplesRead).toBe(37)
    expect(result.stats.peakSamples).toBeGreaterThan(37)
  })

  it('answers scalars, strings and range vectors', async () => {
    const engine = engineOf(sourceOf(1, 3))
    const scalar = await engine.evaluate(instant('1 + 2', 5000))
    expect(scalar).toMatchObject({ type: 'scalar', labels: [] })
    expect([scalar.timestampsMs[0], scalar.values[0]]).toEqual([5000, 3])
    expect(await engine.evaluate(instant('"a"'))).toMatchObject({ type: 'string', text: 'a' })
    const matrix = await engine.evaluate(instant('m[2m]', 2 * MINUTE))
    expect(matrix.type).toBe('matrix')
    expect([...matrix.values]).toEqual([1, 2])
    const steps = await engine.evaluate(range('time()', MINUTE, 30_000))
    expect(steps.type).toBe('matrix')
    expect([...steps.values]).toEqual([0, 30, 60])
  })

  it('says what cannot be understood as Prometheus does', async () => {
    const engine = engineOf(sourceOf(1, 1))
    const fault = await problemOf(engine.evaluate(instant('m{')))
    expect(fault.code).toBe('bad_data')
    expect(fault.message).toMatch(/^1:\d+: parse error: /)
    const string = await problemOf(engine.evaluate(range('"a"', MINUTE)))
    expect(string.message).toBe(
      'invalid expression type "string" for range query, must be Scalar or instant Vector',
    )
    const matrix = await problemOf(engine.evaluate(range('m[1m]', MINUTE)))
    expect(matrix.message).toContain('"range vector"')
  })

  it('understands experimental parts unless told otherwise', async () => {
    const source = sourceOf(1, 1)
    await engineOf(source).evaluate(instant('mad_over_time(m[1m])'))
    const strict = createPromqlEngine(source, SCRIPT_LIMITS, { language: {} })
    const problem = await problemOf(strict.evaluate(instant('mad_over_time(m[1m])')))
    expect(problem.message).toContain('is not enabled')
  })

  it('refuses a query that would hold too many samples', async () => {
    const engine = engineOf(sourceOf(10, 10), { maxSamples: 150 })
    await engine.evaluate(instant('m', 9 * MINUTE))
    for (const query of ['m + on (n) m', 'count_values("v", m)', 'sum by (n) (m)', 'm[1y:1ms]']) {
      const request = query.includes('[') ? instant(query) : range(query, 9 * MINUTE)
      const problem = await problemOf(engine.evaluate(request))
      expect(problem.code, query).toBe('limit')
      expect(problem.message).toBe(
        'query processing would load too many samples into memory in query execution',
      )
    }
  })

  it('gives the samples of an aggregation back to the budget', async () => {
    const engine = engineOf(sourceOf(10, 10), { maxSamples: 600 })
    const sums = Array.from({ length: 20 }, () => 'sum(m or m)').join(' + ')
    const result = await engine.evaluate(range(sums, 9 * MINUTE))
    expect(result.values[9]).toBe(20 * 10 * 9)
  })

  it('honours the lookback of a request', async () => {
    const engine = engineOf(sourceOf(1, 1))
    expect((await engine.evaluate(instant('m', 4 * MINUTE))).labels).toHaveLength(1)
    const short = { ...instant('m', 4 * MINUTE), lookbackMs: MINUTE }
    expect((await engine.evaluate(short)).labels).toHaveLength(0)
  })

  it('ends a query whose client went away', async () => {
    const source = new SlowSource()
    const engine = engineOf(source)
    const client = new AbortController()
    const started = source.nextStart()
    const query = problemOf(engine.evaluate({ ...instant('m'), signal: client.signal }))
    await started
    client.abort()
    expect(await query).toMatchObject({
      code: 'canceled',
      message: 'query was canceled in expression evaluation',
    })
    const gone = { ...instant('m'), signal: client.signal }
    expect((await problemOf(engine.evaluate(gone))).code).toBe('canceled')
  })

  it('ends a query that takes too long, by the smaller of the two limits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const source = new SlowSource()
    const engine = engineOf(source, { timeoutMs: 5000 })
    const started = source.nextStart()
    const query = problemOf(engine.evaluate({ ...instant('m'), timeoutMs: 100 }))
    await started
    vi.advanceTimersByTime(100)
    expect(await query).toMatchObject({
      code: 'timeout',
      message: 'query timed out in expression evaluation',
    })
    const long = source.nextStart()
    const other = problemOf(engine.evaluate({ ...instant('m'), timeoutMs: 100_000 }))
    await long
    vi.advanceTimersByTime(5000)
    expect((await other).code).toBe('timeout')
  })

  it('ends a query while it computes', async () => {
    const source = sourceOf(300, 60)
    const engine = engineOf(source, { maxSamples: 1e9 })
    const client = new AbortController()
    // The first turn of the event loop after the samples are there cancels; evaluation must notice it by itself.
    const inner = source.select.bind(source)
    source.select = async (request, bounds) => {
      const answer = await inner(request, bounds)
      setImmediate(() => client.abort())
      return answer
    }
    const query = 'sum(quantile_over_time(0.5, m[1h:1s]))'
    const request = { ...range(query, 60 * MINUTE, 1000), signal: client.signal }
    expect((await problemOf(engine.evaluate(request))).message).toBe(
      'query was canceled in expression evaluation',
    )
  })

  it('lets only so many run, and the others in the order in which they came', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const source = new SlowSource()
    const engine = engineOf(source, { maxConcurrency: 1, timeoutMs: 5000 })
    const done: string[] = []
    const started = source.nextStart()
    const run = (name: string, request: PromqlRequest): Promise<void> =>
      engine.evaluate(request).then(
        () => void done.push(name),
        (thrown: unknown) => void done.push(messageOf(thrown)),
      )
    const first = run('first', instant('m'))
    await started
    const impatient = run('impatient', { ...instant('m'), timeoutMs: 10 })
    const second = run('second', instant('m'))
    vi.advanceTimersByTime(10)
    await impatient
    expect(done).toEqual(['query timed out in query queue'])
    const next = source.nextStart()
    source.answer()
    await first
    await next
    source.answer()
    await second
    expect(done.slice(1)).toEqual(['first', 'second'])
  })

  it('passes on what the store refuses', async () => {
    const source = sourceOf(1, 1)
    source.select = async () => {
      throw new Problem('unavailable', 'the engine is away')
    }
    expect(await problemOf(engineOf(source).evaluate(instant('m')))).toMatchObject({
      code: 'unavailable',
      message: 'the engine is away',
    })
  })

  it('resolves durations that depend on the query', async () => {
    const engine = engineOf(sourceOf(1, 11))
    const counts = await engine.evaluate(range('count_over_time(m[step() * 2])', 4 * MINUTE))
    expect([...counts.values]).toEqual([1, 2, 2, 2, 2])
  })
})

describe('pushdown', () => {
  const grids: GridRequest[] = []

  /** A store that thinks everything is large, and answers 1 for each of two series, or for their sum. */
  function largeStore(answers: boolean): MemorySource {
    grids.length = 0
    const source = new MemorySource({
      estimateSamples: () => 1e7,
      selectGrid: async (request) => {
        grids.push(request)
        if (!answers) return undefined
        const steps = (request.endMs - request.startMs) / request.stepMs + 1
        const labels = request.aggregate
          ? [Labels.EMPTY]
          : ['0', '1'].map((n) => Labels.from({ __name__: 'm', n }))
        const cells = labels.length * steps
        const values = new Float64Array(cells).fill(1)
        return { labels, steps, values, present: new Uint8Array(cells).fill(1) }
      },
    })
    for (let i = 0; i < 10; i++) source.add(Labels.from({ __name__: 'm', n: '0' }), i * MINUTE, i)
    return source
  }

  const shown = (result: PromqlResult) => result.labels.map(String)

  it('lets the store evaluate range functions of many samples', async () => {
    const source = largeStore(true)
    const query = 'rate(m{n=~".+"}[5m] offset 1m) * 2'
    const result = await engineOf(source).evaluate(range(query, 9 * MINUTE))
    expect(source.requests).toEqual([])
    expect(grids).toMatchObject([
      { func: 'rate', rangeMs: 5 * MINUTE, offsetMs: MINUTE, startMs: 0, endMs: 9 * MINUTE },
    ])
    expect(shown(result)).toEqual(['{n="0"}', '{n="1"}'])
    expect([...result.values]).toEqual(new Array<number>(20).fill(2))
    expect(result.infos).toHaveLength(1)
  })

  it('lets the store aggregate them too', async () => {
    const source = largeStore(true)
    const query = 'sum without (n) (rate(m[5m]))'
    const result = await engineOf(source).evaluate(range(query, 9 * MINUTE))
    expect(grids).toMatchObject([{ aggregate: { op: 'sum', labels: ['n'], without: true } }])
    expect(shown(result)).toEqual(['{}'])
    expect(result.infos).toEqual([
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "m" (1:23)',
    ])
  })

  it('fetches the samples when the store does not take a request', async () => {
    const source = largeStore(false)
    const result = await engineOf(source).evaluate(range('increase(m[5m])', 9 * MINUTE))
    expect(source.requests).toMatchObject([{ startMs: -5 * MINUTE + 1, endMs: 9 * MINUTE }])
    expect(shown(result)).toEqual(['{n="0"}'])
  })

  it('evaluates what the store cannot, and what is small', async () => {
    for (const query of ['deriv(m[5m])', 'rate(m[5m] @ 60)', 'm', 'rate((m * 1)[5m:1m])']) {
      await engineOf(largeStore(true)).evaluate(range(query, 9 * MINUTE))
      expect(grids, query).toEqual([])
    }
    const small = new MemorySource({ estimateSamples: () => 3_000_000 })
    await engineOf(small).evaluate(range('rate(m[5m])', 9 * MINUTE))
    expect(small.requests).toHaveLength(1)
  })
})
