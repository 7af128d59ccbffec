import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { memoryRoot, spoolFolderOf } from '../../src/engine/data-dir.ts'
import { memoryFolderOf } from '../../src/engine/memory-folder.ts'
import { findEngine } from './tools/engine-process.ts'
import { ownFolder, ownServer } from './tools/owned.ts'
import { queryValue, readSelfMetric } from './tools/query.ts'
import { RemoteWriter } from './tools/remote-write.ts'
import { writeScrapeConfig } from './tools/scrape-config.ts'
import { waitFor } from './tools/wait-for.ts'

describe('SIGTERM', () => {
  it('answers pushes under way truthfully: what was acknowledged is stored, and all else was refused', async () => {
    const configPath = writeScrapeConfig(ownFolder(), [])
    const dataDir = join(ownFolder(), 'data')
    const server = await ownServer({ configPath, dataDir })
    const atMs = Date.now() - 60_000
    const acknowledged = new Set<string>()
    const refused: number[] = []
    let count = 0
    const pushers = Array.from({ length: 8 }, async () => {
      const writer = new RemoteWriter(server.url())
      try {
        for (;;) {
          const n = String(count++)
          const { status } = await writer.push([[{ __name__: 'told', n }, atMs, 1]])
          if (status === 204) acknowledged.add(n)
          else refused.push(status)
        }
      } catch {
        // The door is closed: a sender that is not answered sends again.
      } finally {
        await writer.close()
      }
    })
    await waitFor('pushes', () => acknowledged.size > 40)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    await Promise.all(pushers)
    expect(refused.filter((status) => status !== 503)).toEqual([])
    const log = server.readLog()
    expect(log).not.toMatch(/level=ERROR|stack=/)

    const again = await ownServer({ dataDir, configPath })
    const stored = (await queryValue(again.url(), 'count(last_over_time(told[1h]))')) ?? 0
    expect(stored).toBeGreaterThanOrEqual(acknowledged.size)
    // Each pusher may have one that was stored as its connection ended.
    expect(stored).toBeLessThanOrEqual(acknowledged.size + refused.length + pushers.length)
  })

  it('ends within 10 s with exit code 0 also while the engine hangs, and refuses the push that waits', async () => {
    const configPath = writeScrapeConfig(ownFolder(), [])
    const server = await ownServer({ configPath })
    const writer = new RemoteWriter(server.url())
    await writer.store([[{ __name__: 'before' }, Date.now(), 1]])
    const engine = await findEngine(server)
    process.kill(engine, 'SIGSTOP')
    const waiting = writer.push([[{ __name__: 'waiting' }, Date.now(), 1]])
    await waitFor('the push to be read', async () => {
      return ((await readSelfMetric(server.url(), 'vedette_pending_samples')) ?? 0) > 0
    })
    const begunMs = performance.now()
    expect(await server.stop()).toEqual({ code: 0, signal: null })
    console.log(
      `shutdown: ended ${(performance.now() - begunMs).toFixed(0)} ms after SIGTERM beside a stopped engine`,
    )
    expect((await waiting).status).toBe(503)
    await writer.close()
    expect(server.listProcesses()).toEqual([])
  })
})

describe('SIGKILL', () => {
  it('leaves nothing in memory that the next start, on any data, does not remove', async () => {
    const killed = await ownServer()
    const folder = memoryFolderOf(memoryRoot, spoolFolderOf(killed.dataDir))
    expect(existsSync(folder)).toBe(existsSync(memoryRoot))
    // All at once: the engine has no time to notice that the server is gone.
    await killed.kill()
    const next = await ownServer()
    expect(existsSync(folder)).toBe(false)
    expect(await queryValue(next.url(), 'vector(1)')).toBe(1)
  })
})

describe('reload', () => {
  it('takes other collectors of this host', async () => {
    const folder = ownFolder()
    const configPath = join(folder, 'vedette.yml')
    const write = (collectors: string): void => {
      const scrape = `{scrape_configs: [{job_name: node, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{targets: ['node-exporter:9100']}]}]}`
      writeFileSync(configPath, `prometheus: ${scrape}\nhost: {collector: {${collectors}}}\n`)
    }
    write('')
    const server = await ownServer({ configPath })
    const url = server.url()
    await waitFor('load', async () => (await queryValue(url, 'node_load1')) !== undefined)
    write('loadavg: false')
    server.signal('SIGHUP')
    await waitFor('no load', async () => (await queryValue(url, 'node_load1')) === undefined)
    expect(await queryValue(url, 'up')).toBe(1)
  })
})
