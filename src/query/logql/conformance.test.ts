import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseJson } from '../../../test/house/parse-json.ts'
import { formatFault } from '../../lang/logql/fault.ts'
import { parse } from '../../lang/logql/parse.ts'
import { formatFloat } from '../../model/go-notation.ts'
import { messageOf } from '../../model/problem.ts'
import type { LogqlResult } from '../logs/logql.ts'
import { evaluateMetric } from './evaluate-metric.ts'
import { MemoryLines } from './testing/memory-lines.ts'

const SUITE = fileURLToPath(new URL('../../../../shared/conformance', import.meta.url))
const SCRIPTS = join(SUITE, 'data/logqltest')

/** Whether the data for a test is there; where it is not, says so. */
function hasData(path: string): boolean {
  if (existsSync(path)) return true
  console.log(`skipped: no conformance data at ${relative(process.cwd(), path)}`)
  return false
}

const LIMITS = { maxStreams: 1000, maxSeries: 500, maxSamples: 1_000_000 }

interface Push {
  readonly streams: readonly {
    readonly stream: Record<string, string>
    readonly values: readonly (readonly [string, string, Record<string, string>?])[]
  }[]
}

/** As much of Loki's API as the suite needs, over lines in memory, a tenant for each block of a script. */
class SmallLoki {
  readonly #tenants = new Map<string, MemoryLines>()

  async answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
    const tenant = String(request.headers['x-scope-orgid'])
    const lines = this.#tenants.get(tenant) ?? new MemoryLines()
    this.#tenants.set(tenant, lines)
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname.endsWith('/push')) {
      push(
        lines,
        parseJson(await text(request), (json): json is Push => Object(json) === json),
      )
      return { status: 204, body: '' }
    }
    try {
      return { status: 200, body: JSON.stringify(await evaluate(lines, url)) }
    } catch (thrown) {
      return { status: 400, body: messageOf(thrown) }
    }
  }
}

function push(lines: MemoryLines, { streams }: Push): void {
  for (const { stream, values } of streams) {
    lines.add(
      values.map(([time, line, metadata = {}]) => ({
        labels: stream,
        timestampNs: BigInt(time),
        text: line,
        metadata,
      })),
    )
  }
}

async function evaluate(lines: MemoryLines, url: URL): Promise<unknown> {
  const query = url.searchParams.get('query') ?? ''
  const { expr, faults } = parse(query, { isToRun: true })
  if (!expr) throw new Error(formatFault(query, faults[0]))
  if (expr.kind === 'log') throw new Error('no metric query')
  const time = url.searchParams.get('time')
  const result = await evaluateMetric(
    lines,
    expr,
    {
      query,
      startNs: BigInt(time ?? url.searchParams.get('start') ?? 0),
      endNs: BigInt(time ?? url.searchParams.get('end') ?? 0),
      isInstant: time !== null,
      stepNs: BigInt(Math.round(Number(url.searchParams.get('step') ?? 0) * 1e9)),
      intervalNs: 0n,
      direction: 'forward',
      limit: 0,
      maxEntries: 0,
      signal: new AbortController().signal,
    },
    LIMITS,
  )
  return { status: 'success', data: toData(result) }
}

function toData(result: LogqlResult): unknown {
  if (result.type === 'scalar') {
    return { resultType: 'scalar', result: [result.timestampMs / 1000, formatFloat(result.value)] }
  }
  if (result.type === 'streams') throw new Error('no metric query')
  const series = result.series.map(({ labels, timestampsMs, values }) => {
    const points = Array.from(values, (value, i) => [
      (timestampsMs[i] ?? 0) / 1000,
      formatFloat(value),
    ])
    const metric = labels.toObject()
    return result.type === 'vector' ? { metric, value: points[0] } : { metric, values: points }
  })
  return { resultType: result.type, result: series }
}

describe.skipIf(!hasData(SCRIPTS))('metric queries against the scripts of Loki', () => {
  const loki = new SmallLoki()
  let server: Server
  let base = ''
  const folder = mkdtempSync(join(tmpdir(), 'logqltest-'))

  beforeAll(async () => {
    server = createServer((request, response) => {
      void loki.answer(request).then(({ status, body }) => response.writeHead(status).end(body))
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    base = `http://127.0.0.1:${address.port}`
  })

  afterAll(() => {
    server.close()
    server.closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  })

  const scripts = existsSync(SCRIPTS) ? readdirSync(SCRIPTS) : []
  it.each(scripts)('%s', { timeout: 60_000 }, async (script) => {
    const failures = join(folder, `${script}.txt`)
    const args = [join(SUITE, 'logqltest.mjs'), '--url', base, '--tenant', '--verbose', failures]
    const isPassed = await run([...args, join(SCRIPTS, script)])
    expect(isPassed, readFileSync(failures, 'utf8')).toBe(true)
  })
})

function run(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error) => resolve(error === null))
  })
}
