import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findFreePorts } from './free-ports.ts'
import type { Exporter } from './tools/exporter.ts'
import { hasPrograms } from './tools/notice.ts'
import { ownExporter, ownFolder, ownServer } from './tools/owned.ts'
import { ownProgram, run } from './tools/programs.ts'
import { queryRaw, queryValue } from './tools/query.ts'
import { RemoteWriter } from './tools/remote-write.ts'
import { writeScrapeConfig } from './tools/scrape-config.ts'
import { waitFor } from './tools/wait-for.ts'

const hasPrometheus = hasPrograms('Prometheus with remote_write to us', {
  prometheus: 'prometheus',
})
const hasPromtool = hasPrograms('promtool against us', { promtool: 'prometheus' })

describe.runIf(hasPrometheus)("Debian's prometheus with remote_write to us", () => {
  it('brings its samples, its metadata and the end of its series', async () => {
    const exporter = await ownExporter()
    let isThere = true
    exporter.page('/metrics', () =>
      [
        '# HELP delivered_total What was delivered.',
        '# TYPE delivered_total counter',
        `delivered_total ${exporter.hits('/metrics')}`,
        ...(isThere ? ['passing{a="ü",b="\\"quoted\\\\"} 7'] : []),
        '',
      ].join('\n'),
    )
    const server = await ownServer({ configPath: writeScrapeConfig(ownFolder(), []) })
    const url = server.url()
    const said = await startPrometheus(exporter, url)

    await waitFor(
      'samples by remote write',
      async () => {
        return ((await queryValue(url, 'delivered_total{job="peer"}')) ?? 0) > 3
      },
      60_000,
    )
    expect(await queryValue(url, 'passing{a="ü",b="\\"quoted\\\\"}')).toBe(7)
    expect(await queryValue(url, 'up{job="peer",replica="one"}')).toBe(1)
    isThere = false
    await waitFor('the staleness marker', async () => {
      return (await queryValue(url, 'passing')) === undefined
    })
    expect(await queryValue(url, 'last_over_time(passing[5m])')).toBe(7)

    const [series] = await queryRaw(url, 'delivered_total[5m]')
    const values = series?.values.map(([, value]) => Number(value)) ?? []
    expect(values).toEqual(values.map((_, i) => (values[0] ?? 0) + i))
    expect(said()).not.toMatch(/non-recoverable|level=error/i)
  })
})

describe.runIf(hasPromtool)('promtool against us', () => {
  it('queries instants, ranges, series and labels', async () => {
    const server = await ownServer({ configPath: writeScrapeConfig(ownFolder(), []) })
    const url = server.url()
    const writer = new RemoteWriter(url)
    const endMs = Math.floor(Date.now() / 1000) * 1000
    await writer.store(
      ['x', 'y'].flatMap((job) =>
        Array.from({ length: 60 }, (_, i) => {
          return [{ __name__: 'asked_total', job }, endMs - i * 1000, 600 - i * 10] as const
        }),
      ),
    )
    await writer.close()
    const promtool = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await run('promtool', ['query', ...args])
      expect([code, stderr], args.join(' ')).toEqual([0, ''])
      return stdout
    }
    const [start, end] = [String(endMs / 1000 - 30), String(endMs / 1000)]

    expect(await promtool('instant', url, 'sum(asked_total)')).toMatch(/^\{\} => 1200 @\[/)
    expect(await promtool('instant', url, 'asked_total{job="x"}')).toMatch(
      /^asked_total\{job="x"\} => 600 @\[/,
    )
    const range = await promtool(
      'range',
      `--start=${start}`,
      `--end=${end}`,
      '--step=10s',
      url,
      'rate(asked_total{job="y"}[20s])',
    )
    expect(range.match(/\{job="y"\} =>\n(10 @\[[\d.]+\]\n){4}/)).not.toBeNull()
    const series = await promtool('series', '--match=asked_total', `--start=${start}`, url)
    expect(series.trim().split('\n').sort()).toEqual([
      '{__name__="asked_total", job="x"}',
      '{__name__="asked_total", job="y"}',
    ])
    expect(await promtool('labels', url, 'job')).toBe('x\ny\n')

    const wrong = await run('promtool', ['query', 'instant', url, 'sum('])
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('parse error')])
  })
})

/** Resolves to a function that tells what it logged. */
async function startPrometheus(exporter: Exporter, url: string): Promise<() => string> {
  const folder = ownFolder()
  const configPath = join(folder, 'prometheus.yml')
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', external_labels: { replica: 'one' } },
    scrape_configs: [{ job_name: 'peer', static_configs: [{ targets: [exporter.address] }] }],
    remote_write: [{ url: `${url}/api/v1/write`, queue_config: { batch_send_deadline: '500ms' } }],
  }
  writeFileSync(configPath, JSON.stringify(config))
  const [port] = await findFreePorts(1)
  return ownProgram(
    'prometheus',
    [
      `--config.file=${configPath}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=info',
    ],
    folder,
  )
}
