import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Server, startServer, ServerNotReady, type ServerOptions } from './server.ts'
import { byForm } from './tools/form.ts'
import { own, ownExporter, ownFolder, ownServer } from './tools/owned.ts'
import { queryValue } from './tools/query.ts'
import { RemoteWriter } from './tools/remote-write.ts'
import { jobsOf, writeScrapeConfig } from './tools/scrape-config.ts'
import { waitFor } from './tools/wait-for.ts'

/** A loose bound, because other work may run beside this one. The aim is 2 s. Where everything takes long, a start on new data does, too. */
const secondStartMs = byForm({ short: 15_000, full: 5_000 })
const MOST_OF_FIRST_START = 3

describe('start', () => {
  it('is refused clearly on a data directory that another server uses', async () => {
    const first = await ownServer()
    const failure = await failedStart({ dataDir: first.dataDir })
    expect(failure.exit).toEqual({ code: 1, signal: null })
    expect(failure.message).toContain(first.dataDir)
    expect(failure.message).toContain(`process ${first.pid}`)
    expect(failure.message).not.toMatch(/\n\s+at /)
    await first.waitUntilReady()
  })

  it('is refused clearly on a port that is taken', async () => {
    const exporter = await ownExporter()
    const failure = await failedStart({ prometheusPort: exporter.port })
    expect(failure.exit).toEqual({ code: 1, signal: null })
    expect(failure.message).toContain(`127.0.0.1:${exporter.port}`)
    expect(failure.message).toContain('--listen.prometheus')
    expect(failure.message).not.toMatch(/\n\s+at /)
  })

  it('is quick on data that is there', async () => {
    const firstBegunMs = performance.now()
    const first = await ownServer({ dataDir: join(ownFolder(), 'data') })
    const firstMs = performance.now() - firstBegunMs
    const writer = new RemoteWriter(first.url())
    for (let i = 0; i < 20; i++) {
      await writer.store(
        Array.from({ length: 500 }, (_, n) => {
          return [{ __name__: 'kept', n: String(n) }, Date.now() - i * 60_000, i] as const
        }),
      )
    }
    await writer.close()
    await first.stop()
    const begunMs = performance.now()
    const second = await ownServer({ dataDir: first.dataDir })
    const readyMs = performance.now() - begunMs
    console.log(`lifecycle: the second start was ready after ${readyMs.toFixed(0)} ms`)
    expect(await queryValue(second.url(), 'count(kept)')).toBe(500)
    expect(readyMs).toBeLessThan(Math.max(secondStartMs, MOST_OF_FIRST_START * firstMs))
  })

  it('is healthy at once, and ready only when everything is up', async () => {
    const server = own(await Server.spawn({ dataDir: join(ownFolder(), 'data') }))
    const statusOf = async (path: string): Promise<number> => {
      return (await fetch(`${server.url()}${path}`)).status
    }
    await waitFor('/-/healthy', async () => (await statusOf('/-/healthy')) === 200)
    expect([200, 503]).toContain(await statusOf('/-/ready'))
    await server.waitUntilReady()
    expect(await queryValue(server.url(), 'vector(1)')).toBe(1)
  })
})

describe('SIGTERM', () => {
  it('ends everything within 10 s with exit code 0, amid scrapes, pushes and queries', async () => {
    const exporter = await ownExporter()
    exporter.page('/metrics', 'x 1\n')
    // A scrape that hangs does not hold up the end.
    exporter.serve('/hangs', () => undefined)
    const configPath = writeScrapeConfig(ownFolder(), jobsOf(exporter, ['/metrics', '/hangs']), {
      scrape_interval: '30s',
      scrape_timeout: '30s',
    })
    const dataDir = join(ownFolder(), 'data')
    const server = await ownServer({ configPath, dataDir })
    const writer = new RemoteWriter(server.url())
    let acknowledged = 0
    const pushing = (async () => {
      for (let i = 0; ; i++) {
        const { status } = await writer.push([[{ __name__: 'pushed' }, Date.now() - 60_000 + i, i]])
        if (status === 204) acknowledged++
      }
    })().catch(() => undefined)
    await waitFor('pushes', () => acknowledged > 5)
    const begunMs = performance.now()
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    console.log(`lifecycle: ended ${(performance.now() - begunMs).toFixed(0)} ms after SIGTERM`)
    expect(server.listProcesses()).toEqual([])
    await pushing
    await writer.close()
    expect(readdirSync(dataDir)).not.toContain('vedette.lock')

    const again = await ownServer({ dataDir, configPath: writeScrapeConfig(ownFolder(), []) })
    const stored = (await queryValue(again.url(), 'count_over_time(pushed[10m])')) ?? 0
    // The last push may have been stored without its answer.
    expect([acknowledged, acknowledged + 1]).toContain(stored)
  })

  it('ends a server that is still starting', async () => {
    const server = own(await Server.spawn({ dataDir: join(ownFolder(), 'data') }))
    await waitFor('the log', () => existsSync(server.logPath) && server.listChildren().length > 0)
    expect((await server.stop()).signal).toBeNull()
    await waitFor('children to be gone', () => server.listProcesses().length === 0)
  })
})

describe('reload', () => {
  const ways: readonly (readonly [string, (server: Server) => Promise<number>])[] = [
    [
      'SIGHUP',
      async (server) => {
        server.signal('SIGHUP')
        return 0
      },
    ],
    [
      'POST /-/reload',
      async (server) => (await fetch(`${server.url()}/-/reload`, { method: 'POST' })).status,
    ],
  ]

  it.each(ways)(
    'by %s takes the new configuration; a bad one leaves the old in force',
    async (_way, reload) => {
      const exporter = await ownExporter()
      exporter.page('/one', 'one 1\n')
      exporter.page('/two', 'two 2\n')
      const folder = ownFolder()
      const configPath = writeScrapeConfig(folder, jobsOf(exporter, ['/one']))
      const server = await ownServer({ configPath, args: ['--web.enable-lifecycle'] })
      const url = server.url()
      await waitFor('the first job', async () => (await queryValue(url, 'one')) === 1)

      writeScrapeConfig(folder, jobsOf(exporter, ['/two']))
      expect([0, 200]).toContain(await reload(server))
      await waitFor('the second job', async () => (await queryValue(url, 'two')) === 2)
      await waitFor('the first to end', async () => (await queryValue(url, 'one')) === undefined)

      writeFileSync(configPath, 'global:\n  scrape_interval: soon\n')
      expect([0, 500]).toContain(await reload(server))
      await waitFor('the refusal in the log', () => server.readLog().includes('prometheus.yml:2:'))
      const hits = exporter.hits('/two')
      await waitFor('scrapes to go on', () => exporter.hits('/two') > hits + 1)
      expect((await queryValue(url, 'prometheus_config_last_reload_successful')) ?? 0).toBe(0)
      expect(await queryValue(url, 'two')).toBe(2)
    },
  )

  it('over HTTP is refused until its flag is given', async () => {
    const server = await ownServer()
    for (const path of ['/-/reload', '/-/quit']) {
      const response = await fetch(`${server.url()}${path}`, { method: 'POST' })
      expect([path, response.status]).toEqual([path, 403])
    }
    expect((await fetch(`${server.url()}/-/ready`)).status).toBe(200)
  })
})

describe('a bad configuration', () => {
  const job = (line: string): string =>
    `scrape_configs:\n  - job_name: a\n    ${line}\n    static_configs:\n      - targets: [localhost:1]\n`
  const faulty: readonly (readonly [string, string, string])[] = [
    ['an unknown key', job('metrics_pathh: /x'), '3:5'],
    ['a wrong type', job('honor_labels: 7'), '3:19'],
    ['an impossible value', job('scrape_interval: soon'), '3:22'],
    [
      'a regex that does not compile',
      job('relabel_configs: [{source_labels: [a], regex: "(", action: keep}]'),
      '3:',
    ],
    ['a duplicate job', 'scrape_configs:\n  - job_name: a\n  - job_name: a\n', '3:15'],
    ['a time-out above the interval', job('scrape_timeout: 2m'), '3:21'],
    ['no YAML', 'scrape_configs: [\n', ''],
  ]

  it.each(faulty)(
    'with %s ends the start with exit code 1 and its place',
    async (_what, text, place) => {
      const configPath = join(ownFolder(), 'prometheus.yml')
      writeFileSync(configPath, text)
      const failure = await failedStart({ configPath })
      expect(failure.exit).toEqual({ code: 1, signal: null })
      expect(failure.message).toContain(`${configPath}:${place}`)
      expect(failure.message).not.toMatch(/\n\s+at /)
    },
  )

  it('that is not there ends the start with exit code 1 and its name', async () => {
    const configPath = join(ownFolder(), 'absent.yml')
    const failure = await failedStart({ configPath })
    expect(failure.exit).toEqual({ code: 1, signal: null })
    expect(failure.message).toContain(configPath)
  })
})

async function failedStart(options: ServerOptions): Promise<ServerNotReady> {
  let server: Server
  try {
    server = await startServer(options)
  } catch (thrown) {
    if (thrown instanceof ServerNotReady) return thrown
    throw thrown
  }
  await server.dispose()
  throw new Error('the server started')
}
