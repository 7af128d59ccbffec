import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../../yaml/fault.ts'
import { parseYaml } from '../../../yaml/parse.ts'
import { readPart } from '../testing/tail-kit.ts'
import { readPromtailPart } from './promtail-part.ts'

const read = (text: string) => {
  const { part, faults } = readPart(text, '/etc/promtail')
  return { config: part.config, faults }
}

const DATA = path.resolve('../shared/data')

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}

describe('files that are in use', () => {
  const files = listFiles(DATA).filter((file) => /promtail[^/]*\/.*\.ya?ml$/.test(file))
  if (files.length === 0) console.log(`skipped: there is no ${DATA}`)
  it.skipIf(files.length === 0).each(files)('are read unmodified: %s', (file) => {
    const { faults, config } = read(readFileSync(path.join(DATA, file), 'utf8'))
    expect(faults.filter((fault) => !fault.includes(': warning: '))).toEqual([])
    expect(config.jobs.length).toBeGreaterThan(0)
  })
})

describe('a promtail file', () => {
  it('is read with its defaults', () => {
    const { config, faults } = read(`
positions: {filename: /tmp/positions.yaml}
clients:
  - {url: 'http://localhost:3100/loki/api/v1/push', external_labels: {cluster: a}}
scrape_configs:
  - job_name: system
    static_configs: [{targets: [localhost], labels: {job: varlogs, __path__: /var/log/*.log}}]
    encoding: utf-16le
    decompression: {enabled: true, format: gz}
  - job_name: journal
    journal: {max_age: 1h30m, path: journal, matches: 'PRIORITY=3 _TRANSPORT=kernel', json: true}
limits_config: {max_line_size: 64KB, max_line_size_truncate: true}
target_config: {sync_period: 5s}
`)
    expect(faults).toEqual([])
    expect(config).toMatchObject({
      positions: { file: '/tmp/positions.yaml', syncPeriodMs: 10_000 },
      externalLabels: { cluster: 'a' },
      maxLineBytes: 65_536,
      cutsLines: true,
      scanIntervalMs: 5000,
    })
    expect(config.jobs).toMatchObject([
      { jobName: 'system', compression: 'gz', form: { width: 2 }, journal: undefined },
      {
        jobName: 'journal',
        journal: {
          ...{ maxAgeMs: 5_400_000, asJson: true, folder: '/etc/promtail/journal' },
          matches: ['PRIORITY=3', '_TRANSPORT=kernel'],
        },
      },
    ])
  })

  it.each([
    ['server: {http_listen_port: 9080}', '1:1: warning: server: has no effect here: the listeners'],
    ['wal: {enabled: true}', '1:1: warning: wal: has no effect here'],
    ['options: {stream_lag_labels: a}', '1:11: warning: stream_lag_labels: has no effect here'],
    [
      'limits_config: {readline_rate: 5}',
      '1:17: warning: readline_rate: has no effect here: lines',
    ],
    [
      'clients: [{url: "https://logs.example.org/loki/api/v1/push"}]',
      '1:17: warning: url: lines are not sent on to logs.example.org yet: they are kept here. If',
    ],
    [
      'clients: [{url: "http://loki:3100/p", tenant_id: a}]',
      '1:50: warning: tenant_id: there are no tenants here',
    ],
    [
      'clients: [{url: "http://loki:3100/p", batchwait: 1s, timeout: 2s}]',
      '1:11: warning: clients[0]: batchwait, timeout: no effect here',
    ],
    [
      'clients: [{url: "http://loki:3100/p"}, {url: "http://localhost:3100/p"}]',
      '1:40: warning: clients[1]: is this program again',
    ],
    ['scrape_configs: [{job_name: a, kafka: {}}]', '1:32: warning: kafka: not supported yet; no'],
    [
      'scrape_configs: [{job_name: a, consul_sd_configs: [{server: x}]}]',
      '1:32: warning: consul_sd_configs: consul service discovery is not supported yet',
    ],
    [
      'scrape_configs: [{job_name: a, static_configs: [{labels: {job: a}}]}]',
      '1:49: warning: static_configs[0]: has no label __path__',
    ],
  ])('warns by name: %s', (text, message) => {
    const { faults } = read(text)
    expect(faults[0]?.slice('promtail.yml:'.length, 'promtail.yml:'.length + message.length)).toBe(
      message,
    )
  })

  it.each([
    ['scrape_config: []', '1:1: scrape_config: unknown key; did you mean scrape_configs?'],
    ['clients: [{}]', '1:11: clients[0]: url must be set'],
    ['clients: [{url: loki}]', '1:17: url: must be a URL that starts with http:// or https://'],
    [
      'clients: [{url: "http://loki:3100/", batchwait: soon}]',
      '1:49: batchwait: must be a duration',
    ],
    ['scrape_configs: [{}]', '1:18: scrape_configs[0]: job_name must be set'],
    ['scrape_configs: [{job_name: a}, {job_name: a}]', '1:44: job_name: "a" is used twice; first'],
    ['scrape_configs: [{job_name: a, encoding: klingon}]', '1:42: encoding: is no encoding that'],
    [
      'scrape_configs: [{job_name: a, decompression: {enabled: true, format: zip}}]',
      '1:71: format: must be one of gz, z, bz2, not "zip"',
    ],
    [
      'scrape_configs: [{job_name: a, decompression: {enabled: true}}]',
      '1:32: decompression: format must be set: gz, z or bz2',
    ],
    [
      'scrape_configs: [{job_name: a, journal: {matches: ssh}}]',
      '1:51: matches: must be FIELD=value, several',
    ],
    [
      'scrape_configs: [{job_name: a, journal: {max_age: 3d}}]',
      '1:51: max_age: must be a duration',
    ],
    [
      'scrape_configs: [{job_name: a, docker_sd_configs: [{host: "ssh://d:22"}]}]',
      '1:59: host: must be unix:///path, tcp://host:port, http://host:port or https://host:port, not "ssh',
    ],
    ['limits_config: {max_line_size: big}', '1:32: max_line_size: must be a size such as 256KB'],
    [
      'scrape_configs: [{job_name: a, pipelines: []}]',
      '1:32: pipelines: unknown key. Allowed here',
    ],
  ])('is refused with its place: %s', (text, message) => {
    const error = read(text).faults.find((fault) => !fault.includes(': warning: '))
    expect(error?.slice('promtail.yml:'.length, 'promtail.yml:'.length + message.length)).toBe(
      message,
    )
  })
})

describe('where it is said what to read', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'promtail-part-'))
    writeFileSync(path.join(folder, 'p.yml'), 'scrape_configs: [{job_name: p}]\n')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const part = (
    text: string,
    given: { readonly promtail?: string; readonly flag?: string } = {},
  ) => {
    const { flag, ...named } = given
    const faults = new FaultList()
    const main = path.join(folder, 'vedette.yml')
    const root = parseYaml(text, { faults, file: main })
    const places = text === '' && flag === undefined && named.promtail === undefined ? {} : { main }
    const found = readPromtailPart(
      root?.asMap()?.key('promtail'),
      { ...places, ...named },
      { faults, env: {}, aliases: {}, flag },
    )
    return {
      jobs: found?.config.jobs.map(({ jobName }) => jobName),
      faults: faults.items.map(formatFault),
      isHost: found?.isHost,
    }
  }

  it('a path, the content, a word, the file of a folder, or nothing at all', () => {
    const none = { jobs: undefined, faults: [], isHost: undefined }
    const host = { jobs: ['journal', 'varlogs'], faults: [], isHost: true }
    const file = { jobs: ['p'], faults: [], isHost: false }
    expect(part('')).toEqual(host)
    expect(part('listen: {}')).toEqual(none)
    expect(part('promtail: host')).toEqual(host)
    expect(part('promtail: off')).toEqual(none)
    expect(part('promtail: p.yml')).toEqual(file)
    expect(part('promtail: {scrape_configs: [{job_name: q}]}')).toEqual({ ...file, jobs: ['q'] })
    expect(part('listen: {}', { promtail: path.join(folder, 'p.yml') })).toEqual(file)
    expect(part('promtail: p.yml', { flag: 'off' })).toEqual(none)
    expect(part('promtail: off', { flag: path.join(folder, 'p.yml') })).toEqual(file)
  })

  it('a file that is not there is refused', () => {
    expect(part('promtail: q.yml').faults[0]).toMatch(/:1:11: promtail: there is no file .*q\.yml/)
    expect(part('', { flag: '/q.yml' }).faults[0]).toMatch(/^--promtail: there is no file \/q\.yml/)
  })
})
