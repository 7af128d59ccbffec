import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig, type StartFlags } from '../config.ts'
import { VERSION } from '../self/version.ts'
import { announce } from './announce.ts'

function told(flags: StartFlags, url: string | undefined, found: readonly string[] = []): string {
  const loaded = loadConfig({ flags: { data: '/d', ...flags }, env: {} })
  if (!loaded.ok) throw new Error('not read')
  return announce({
    config: loaded.config,
    prometheusUrl: url,
    uiUrl: url?.replace('9090', '3000'),
    tookMs: 912,
    isNew: true,
    found,
    program: 'bin/vedette',
  }).replaceAll(VERSION, 'V')
}

describe('what start says when it is ready', () => {
  it('names what is watched, kept and answered, and that the defaults hold', () => {
    expect(told({}, 'http://127.0.0.1:9090')).toMatchInlineSnapshot(`
      "
      Vedette V is ready after 0.9 s.

        watches  this host and itself, every 15s (no configuration was given; --config names one)
        reads    the logs of this host: its journal, and text files under /var/log
        keeps    15d in /d (new)
        answers  http://127.0.0.1:9090 as Prometheus does
        shows    http://127.0.0.1:3000 in a browser

      In another terminal, in half a minute (a rate needs two scrapes):

        bin/vedette status
        bin/vedette query 'sum by (mode) (rate(node_cpu_seconds_total[1m]))'
        curl 'http://127.0.0.1:9090/api/v1/query?query=up'

      "
    `)
  })

  it('names what else it found on the machine', () => {
    const text = told({}, 'http://127.0.0.1:9090', ['PostgreSQL at /var/run/postgresql:5432'])
    expect(text).toContain('\n  found    PostgreSQL at /var/run/postgresql:5432\n')
  })

  it('names the server in its examples when it is somewhere else', () => {
    const text = told({ listen: { prometheus: '127.0.0.1:9999' } }, 'http://127.0.0.1:9999')
    expect(text).toContain('bin/vedette status --url http://127.0.0.1:9999\n')
  })

  it('names the files and their jobs', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'announce-'))
    const file = path.join(folder, 'prometheus.yml')
    writeFileSync(file, 'scrape_configs: [{job_name: a}, {job_name: b}]')
    expect(told({ config: file }, 'http://h')).toContain(`  watches  2 jobs of ${file}: a, b\n`)
    const logs = path.join(folder, 'promtail.yml')
    writeFileSync(logs, 'scrape_configs: [{job_name: app}, {job_name: db}]')
    expect(told({ config: file, promtail: logs }, 'http://h')).toContain(
      `  reads    logs of ${logs}: app, db\n`,
    )
    writeFileSync(file, 'global: {}')
    expect(told({ config: file }, 'http://h')).toContain(`nothing: ${file} has no scrape_configs\n`)
    rmSync(folder, { recursive: true })
  })

  it('names a ClickHouse without its password, and a listener that is off', () => {
    const flags = { clickhouseUrl: 'https://u:hidden@ch:8443', retentionSize: '2GB' }
    const text = told(flags, undefined)
    expect(text).toContain('at most 2.0 GiB in https://ch:8443/\n')
    expect(text).toContain('nobody: the listener is off')
    expect(text).not.toContain('hidden')
  })
})
