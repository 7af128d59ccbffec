import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GroupFiles } from '../collect/pushed/group-files.ts'
import { PushedGroups } from '../collect/pushed/pushed-groups.ts'
import { silentLog } from '../self/log.ts'
import { createRegistry } from '../self/metrics.ts'
import type { Listener } from './listener.ts'
import { createPushgatewayListener } from './pushgateway.ts'

let folder = ''
let listener: Listener
let url = ''
let hasAdminApi = false
let nowMs = 1_700_000_000_000

async function open(): Promise<void> {
  const groups = await PushedGroups.open(new GroupFiles(folder, silentLog()))
  const doors = {
    ...{ groups, startedMs: 0, log: silentLog(), registry: createRegistry() },
    hasAdminApi: () => hasAdminApi,
    nowMs: () => nowMs,
  }
  const address = { host: '127.0.0.1', port: 0 }
  listener = createPushgatewayListener(doors, { address, access: {} })
  url = `http://127.0.0.1:${await listener.listen()}`
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pushed-'))
  hasAdminApi = false
  await open()
})
afterEach(async () => {
  await listener.close()
  rmSync(folder, { recursive: true, force: true })
})

async function send(
  method: string,
  at: string,
  body?: string | Uint8Array<ArrayBuffer>,
  type = 'text/plain',
): Promise<[number, string]> {
  const answer = await fetch(`${url}${at}`, {
    method,
    ...(body === undefined ? {} : { body, headers: { 'content-type': type } }),
  })
  return [answer.status, await answer.text()]
}

async function page(): Promise<string[]> {
  const [, text] = await send('GET', '/metrics')
  return text
    .split('\n')
    .filter((line) => line !== '' && !/^push_|# (?:HELP|TYPE) push_/.test(line))
}

describe('a push', () => {
  it('is on the page with the labels of its path, and without an instance of the scrape', async () => {
    const body =
      '# TYPE runs counter\n# HELP runs Of the job.\nruns{job="other",step="a"} 3\nplain 0.5\n'
    expect(await send('PUT', '/metrics/job/backup/host/db1', body)).toEqual([200, ''])
    expect(await send('POST', '/metrics/job/backup/instance/web', 'plain 7\n')).toEqual([200, ''])
    expect(await page()).toEqual([
      '# TYPE plain untyped',
      'plain{host="db1",job="backup",instance=""} 0.5',
      'plain{instance="web",job="backup"} 7',
      '# HELP runs Of the job.',
      '# TYPE runs counter',
      'runs{host="db1",job="backup",step="a",instance=""} 3',
    ])
    const [, all] = await send('GET', '/metrics')
    expect(all).toContain('push_time_seconds{host="db1",job="backup",instance=""} 1700000000\n')
    expect(all).toContain('push_failure_time_seconds{host="db1",job="backup",instance=""} 0\n')
  })

  it('replaces all of a group by PUT, only families of its names by POST', async () => {
    await send('PUT', '/metrics/job/j', 'a 1\nb{x="1"} 1\nb{x="2"} 2\n')
    await send('POST', '/metrics/job/j', 'b{x="3"} 3\n')
    expect((await page()).filter((line) => !line.startsWith('#'))).toEqual([
      'a{job="j",instance=""} 1',
      'b{job="j",x="3",instance=""} 3',
    ])
    await send('PUT', '/metrics/job/j', 'c 1\n')
    expect((await page()).filter((line) => !line.startsWith('#'))).toEqual([
      'c{job="j",instance=""} 1',
    ])
  })

  it('is in one group whatever the order of its labels; values may stand in base64', async () => {
    await send('PUT', '/metrics/job/j/a/1/b/2', 'm 1\n')
    await send('PUT', '/metrics/job@base64/ag/b/2/a@base64/MQ', 'm 2\n')
    expect(await page()).toContain('m{a="1",b="2",job="j",instance=""} 2')
    await send(
      'PUT',
      `/metrics/job/j/path@base64/${Buffer.from('/var/tmp').toString('base64url')}`,
      'm 3\n',
    )
    expect(await page()).toContain('m{job="j",path="/var/tmp",instance=""} 3')
    expect((await page()).filter((line) => line.startsWith('m'))).toHaveLength(2)
  })

  it('of a histogram and a summary stays one family', async () => {
    const lines = [
      ...[
        '# TYPE h histogram',
        'h_bucket{le="1"} 1',
        'h_bucket{le="+Inf"} 2',
        'h_sum 3',
        'h_count 2',
      ],
      ...['# TYPE s summary', 's{quantile="0.5"} 4', 's_sum 5', 's_count 6'],
    ]
    await send('PUT', '/metrics/job/j/instance/i', `${lines.join('\n')}\n`)
    expect((await page()).map((line) => line.replace(/,?(?:instance="i"|job="j")/g, ''))).toEqual([
      ...[
        '# TYPE h histogram',
        'h_bucket{,le="1.0"} 1',
        'h_bucket{,le="+Inf"} 2',
        'h_sum{} 3',
        'h_count{} 2',
      ],
      ...['# TYPE s summary', 's{,quantile="0.5"} 4', 's_sum{} 5', 's_count{} 6'],
    ])
    const [, text] = await send('GET', '/api/v1/metrics')
    expect(JSON.parse(text)).toMatchObject({
      status: 'success',
      data: [
        {
          labels: { job: 'j', instance: 'i' },
          last_push_successful: true,
          push_time_seconds: { type: 'GAUGE', metrics: [{ value: '1700000000' }] },
          h: {
            type: 'HISTOGRAM',
            metrics: [{ count: '2', sum: '3', buckets: { '1.0': '1', '+Inf': '2' } }],
          },
          s: { type: 'SUMMARY', metrics: [{ count: '6', sum: '5', quantiles: { '0.5': '4' } }] },
        },
      ],
    })
  })

  it('may be protobuf, as the client for Go sends it', async () => {
    const type =
      'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'
    // A gauge "g" (help "x") of {a="b"} with 1.5, then a counter "c_total" with 2, each message with its length before it.
    const gauge = [
      0x0a, 1, 0x67, 0x12, 1, 0x78, 0x18, 1, 0x22, 19, 0x0a, 6, 0x0a, 1, 0x61, 0x12, 1, 0x62,
    ]
    const one = [...gauge, 0x12, 9, 9, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]
    const counter = [
      0x0a,
      7,
      ...Buffer.from('c_total'),
      0x18,
      0,
      0x22,
      11,
      0x1a,
      9,
      9,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      0x40,
    ]
    const body = Uint8Array.from([one.length, ...one, counter.length, ...counter])
    expect(await send('PUT', '/metrics/job/j', body, type)).toEqual([200, ''])
    expect(await page()).toEqual([
      ...['# TYPE c_total counter', 'c_total{job="j",instance=""} 2'],
      ...['# HELP g x', '# TYPE g gauge', 'g{a="b",job="j",instance=""} 1.5'],
    ])
    const [status, text] = await send('PUT', '/metrics/job/j', body.subarray(0, 20), type)
    expect([status, text]).toEqual([400, 'proto: unexpected end of the message\n'])
  })

  it.each([
    [
      'a timestamp',
      '/metrics/job/j',
      'm 1 1700000000000\n',
      'pushed metrics must not have timestamps',
    ],
    ['a broken line', '/metrics/job/j', 'm 1\nm{ 2\n', 'line 2: '],
    ['a series twice', '/metrics/job/j', 'm{a="1"} 1\nm{a="1"} 2\n', 'a metric of m stands twice'],
    ['a label without value', '/metrics/job/j/a', 'm 1\n', 'odd number of components'],
    ['no job', '/metrics/a/b', 'm 1\n', 'job name is required'],
    ['a reserved label', '/metrics/job/j/__a__/b', 'm 1\n', 'improper label name "__a__"'],
    ['bad base64', '/metrics/job/j/a@base64/%25%25', 'm 1\n', 'invalid base64 encoding in label a'],
    [
      'another type',
      '/metrics/job/j',
      '# TYPE known gauge\nknown 1\n',
      'known is a gauge here and a counter',
    ],
    [
      'what the gateway writes',
      '/metrics/job/j',
      'push_time_seconds 1\n',
      'is written by the gateway itself',
    ],
    [
      'a series of another group',
      '/metrics/job/first',
      'known{x="1"} 1\n',
      'known is a unknown here',
    ],
  ])('with %s is refused, and nothing of it is taken', async (_what, at, body, reason) => {
    await send('PUT', '/metrics/job/first/x/1', '# TYPE known counter\nknown 1\n')
    nowMs += 60_000
    const before = await page()
    const [status, text] = await send('POST', at, body)
    expect(status).toBe(400)
    expect(text).toContain(reason)
    expect(await page()).toEqual(before)
  })

  it('that failed is told by its time', async () => {
    await send('PUT', '/metrics/job/j', 'm 1\n')
    nowMs += 1000
    await send('PUT', '/metrics/job/j', 'm\n')
    const [, text] = await send('GET', '/api/v1/metrics')
    expect(JSON.parse(text)).toMatchObject({ data: [{ last_push_successful: false }] })
  })
})

describe('the groups', () => {
  it('are there after a restart, with values that JSON does not have; a damaged one is set aside', async () => {
    await send('PUT', '/metrics/job/a', 'm NaN\nn -Inf\n')
    await send('PUT', '/metrics/job/b', 'm 2\n')
    await send('PUT', '/metrics/job/c', 'm 3\n')
    await send('DELETE', '/metrics/job/c')
    const before = await page()
    await listener.close()
    const name = 'f'.repeat(64)
    writeFileSync(path.join(folder, `${name}.json`), '{"labels":')
    await open()
    expect(await page()).toEqual(before)
    expect(before.filter((line) => line.includes('job="a"'))).toEqual([
      'm{job="a",instance=""} NaN',
      'n{job="a",instance=""} -Inf',
    ])
    expect(readdirSync(folder)).toContain(`${name}.json.damaged`)
  })

  it('are deleted one by one, and all only where the admin API is on', async () => {
    await send('PUT', '/metrics/job/a', 'm 1\n')
    await send('PUT', '/metrics/job/a/x/1', 'm 2\n')
    expect(await send('DELETE', '/metrics/job/a')).toEqual([202, ''])
    expect(await send('DELETE', '/metrics/job/a')).toEqual([202, ''])
    expect((await page()).filter((line) => line.startsWith('m'))).toEqual([
      'm{job="a",x="1",instance=""} 2',
    ])
    expect((await send('PUT', '/api/v1/admin/wipe'))[0]).toBe(404)
    hasAdminApi = true
    expect(await send('PUT', '/api/v1/admin/wipe')).toEqual([202, ''])
    expect(await page()).toEqual([])
    expect(readdirSync(folder)).toEqual([])
    expect(await send('GET', '/-/ready')).toEqual([200, 'OK\n'])
    const [, status] = await send('GET', '/api/v1/status')
    expect(JSON.parse(status)).toMatchObject({
      data: { flags: { 'web.enable-admin-api': 'true' } },
    })
  })
})
