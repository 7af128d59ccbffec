import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config.ts'
import { addStartOptions, flagsInForce, givenFlags, toStartFlags } from './start-options.ts'

function parse(args: readonly string[]) {
  const command = new Command('start').exitOverride()
  addStartOptions(command)
  command.parse(args, { from: 'user' })
  return givenFlags(command)
}

describe('the flags of start', () => {
  it('reach the configuration under their own names', () => {
    const given = parse([
      ...['--config', 'c', '--data', 'd', '--storage.tsdb.retention.time', '1d'],
      ...['--storage.tsdb.retention.size=1GB', '--storage.max-series', '5'],
      ...['--storage.max-pending-bytes', '2MB', '--storage.min-free-bytes', '3GB'],
      ...['--memory.budget', '300MB', '--clickhouse.url', 'http://ch', '--query.timeout', '1m'],
      ...[
        '--query.lookback-delta',
        '2m',
        '--query.max-samples',
        '7',
        '--query.max-concurrency',
        '3',
      ],
      ...['--listen.prometheus', '127.0.0.1:1', '--listen.otlp-grpc', 'off'],
      ...['--web.enable-lifecycle', '--enable-feature', 'a,b', '--enable-feature', 'c'],
    ])
    expect(toStartFlags(given, new Map([['path.procfs', '/p']]))).toEqual({
      config: 'c',
      data: 'd',
      retentionTime: '1d',
      retentionSize: '1GB',
      storageMaxSeries: '5',
      storageMaxPendingBytes: '2MB',
      storageMinFreeBytes: '3GB',
      memoryBudget: '300MB',
      clickhouseUrl: 'http://ch',
      queryTimeout: '1m',
      queryLookbackDelta: '2m',
      queryMaxSamples: '7',
      queryMaxConcurrency: '3',
      listen: { prometheus: '127.0.0.1:1', 'otlp-grpc': 'off' },
      host: new Map([['path.procfs', '/p']]),
      webEnableLifecycle: true,
      webEnableAdminApi: false,
      enableFeature: ['a,b', 'c'],
    })
  })

  it('are absent when they were not given', () => {
    expect(toStartFlags(parse([]), new Map())).toEqual({
      listen: {},
      host: new Map(),
      webEnableLifecycle: false,
      webEnableAdminApi: false,
      enableFeature: [],
    })
  })

  it('are shown as they are in force, without passwords', () => {
    const given = parse(['--clickhouse.url', 'https://user:hidden@ch:8443', '--data', '/d'])
    const loaded = loadConfig({ flags: toStartFlags(given, new Map()), env: {} })
    if (!loaded.ok) throw new Error('not read')
    const shown = flagsInForce(loaded.config, given)
    expect(shown).toMatchObject({
      data: '/d',
      'clickhouse.url': 'https://ch:8443/',
      'storage.tsdb.retention.time': '15d',
      'query.timeout': '2m',
      'listen.prometheus': '127.0.0.1:9090',
      'log.level': 'info',
    })
    expect(JSON.stringify(shown)).not.toContain('hidden')
  })

  it('show every option of the help that has a value in force', () => {
    const command = new Command('start')
    addStartOptions(command)
    const loaded = loadConfig({ flags: {}, env: {} })
    if (!loaded.ok) throw new Error('not read')
    const names = command.options.filter((option) => !option.hidden).map((option) => option.name())
    const shown = Object.keys(flagsInForce(loaded.config, givenFlags(command)))
    expect(shown.sort()).toEqual(names.filter((name) => name !== 'help-host').sort())
  })
})
