import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFakeLogs } from './testing/fake-logs.ts'
import { runCaptured } from './testing/run-captured.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'replay-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string | Buffer): string {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

const PROMTAIL = `
server: {http_listen_port: 9080}
scrape_configs:
  - job_name: app
    static_configs:
      - targets: [localhost]
        labels: {job: app, __path__: /var/log/app*.log}
    pipeline_stages:
      - json:
          expressions: {level: '', ts: '', msg: '', gone: ''}
          drop_malformed: true
      - labels: {level: ''}
      - match:
          selector: '{level="error"}'
          stages: [{static_labels: {alert: '1'}}]
      - timestamp: {source: ts, format: RFC3339}
      - drop: {source: msg, value: health}
      - output: {source: msg}
      - metrics: {seen: {type: counter, config: {match_all: true, action: inc}}}
  - job_name: java
    pipeline_stages:
      - multiline: {firstline: '^\\S'}
`

const LINES = [
  '{"level":"error","ts":"2026-01-02T03:04:05Z","msg":"disk \\u001b]0;x"}',
  'no json \u001b[31m',
  '{"level":"info","ts":"2026-01-02T03:04:06Z","msg":"health"}',
]

describe('vedette logs replay --dry-run', () => {
  it('shows what each stage does, and counts', async () => {
    const file = write('app.log', `${LINES.join('\n')}\n`)
    const config = write('promtail.yml', PROMTAIL)
    const { code, out, err } = await runCaptured(
      ...['logs', 'replay', file, '--config', config, '--dry-run', '--label', 'host=h'],
    )
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out).not.toContain('\u001b')
    const flat = out.replace(/ +/g, ' ')
    expect(flat).toContain('line 1\n {"level":"error"')
    expect(flat).toContain('1 json extracted + level=error\n')
    expect(flat).toContain('extracted no value for gone\n')
    expect(flat).toContain('2 labels label + level=error\n')
    expect(flat).toContain('3.1 static_labels label + alert=1\n')
    expect(flat).toContain('4 timestamp time 2026-01-02T03:04:05Z (was ')
    expect(flat).toContain('5 drop no change\n')
    expect(flat).toContain('6 output line disk \\u001b]0;x\n')
    expect(flat).toContain('=> stored {alert="1", filename=')
    expect(flat).toContain('1 json dropped (malformed_json): the line goes no further\n')
    expect(flat).toContain('5 drop dropped (drop_stage): the line goes no further\n')
    expect(flat).toMatch(/promtail_custom_seen\{.*\} 1\n/)
    expect(flat).toMatch(/\n1 json 9 3 2 1\n/)
    expect(out.trimEnd().split('\n').at(-1)).toBe(
      '3 lines in, 1 out, 2 dropped (malformed_json 1, drop_stage 1)',
    )
  })

  it('shows what is held back and joined', async () => {
    const file = write('trace.log', 'Error\n  at a\n  at b\nlast')
    const config = write('promtail.yml', PROMTAIL)
    const { out } = await runCaptured(
      ...['logs', 'replay', file, '--config', config, '--dry-run', '--job', 'java'],
    )
    const flat = out.replace(/ +/g, ' ')
    expect(flat).toContain('line 2\n at a\n 1 multiline held back, to be joined')
    expect(flat).toContain('1 multiline lines 1 to 3 go on as one\n line Error\\n at a\\n at b\n')
    expect(flat).toContain('end of the file\n 1 multiline line 4 goes on\n line last\n')
    expect(out).toContain('4 lines in, 2 out, none dropped, 2 joined to others')
  })

  it('shows as many lines as asked for, and reads compressed files', async () => {
    const file = write('app.log.gz', gzipSync('a\r\nb\nc'))
    const config = write('bare.yml', 'scrape_configs: [{job_name: x}]')
    const { out, err } = await runCaptured(
      ...['logs', 'replay', file, '--config', config, '--dry-run', '--show', '1'],
    )
    expect(err).toContain('the job x has no pipeline_stages')
    expect(out).toContain('line 1\n')
    expect(out).not.toContain('line 2\n')
    expect(out).toContain('3 lines in, 3 out, none dropped')
  })

  it.each<[string, string[], number, string]>([
    [PROMTAIL, [], 2, '--job: say which job of'],
    [PROMTAIL, ['--job', 'nope'], 2, 'has no job nope; it has app, java'],
    [PROMTAIL.replace('json:', 'jsn:'), ['--job', 'app'], 1, 'p.yml:9:9: jsn: unknown stage'],
    ['scrape_configs: []', [], 1, 'there is no job in scrape_configs'],
    [': x', [], 1, 'p.yml'],
    [PROMTAIL, ['--job', 'app', '--label', 'x'], 2, 'It must be NAME=VALUE'],
  ])('refuses what makes no sense', async (promtail, args, wantedCode, wanted) => {
    const file = write('other.txt', 'x')
    const config = write('p.yml', promtail)
    const { code, err } = await runCaptured(
      ...['logs', 'replay', file, '--config', config, '--dry-run', ...args],
    )
    expect(err).toContain(wanted)
    expect(code).toBe(wantedCode)
  })

  it('says that a file is not there', async () => {
    const config = write('p.yml', 'scrape_configs: [{job_name: x}]')
    const { code, err } = await runCaptured(
      ...['logs', 'replay', '/no/such.log', '--config', config, '--dry-run'],
    )
    expect(err).toContain('/no/such.log: there is no such file')
    expect(code).toBe(1)
  })
})

describe('vedette logs replay', () => {
  it('pushes what comes out', async () => {
    const server = await startFakeLogs()
    const file = write('app.log', LINES.join('\n'))
    const config = write('promtail.yml', PROMTAIL)
    const args = ['logs', 'replay', file, '--config', config, '--url', server.url]
    const { code, out, err } = await runCaptured(...args)
    expect(err).toBe(`stored at ${server.url}\n`)
    expect(code).toBe(0)
    expect(out).not.toContain('line 1')
    expect(server.pushed).toEqual([
      {
        streams: [
          {
            stream: { alert: '1', filename: file, job: 'app', level: 'error' },
            values: [['1767323045000000000', 'disk \u001b]0;x']],
          },
        ],
      },
    ])
    server.refuse(400, '1 errors like: entry too old; 2 errors like: more')
    const refused = await runCaptured(...args)
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('did not take all lines: 1 errors like: entry too old\n')
    await server.close()
  })
})

const shared = path.resolve(import.meta.dirname, '../../../shared/data')
if (!existsSync(shared)) console.log('skipped: the files of the field are not beside the project')

describe.skipIf(!existsSync(shared))('pipelines of the field', () => {
  const configs = path.join(shared, 'configs/promtail')
  it.each<[string, string, string, string]>([
    [
      'docker-json-file.nginx.log',
      'vvnfrnds__Observability/promtail-config.yaml',
      'docker',
      '400 lines in, 400 out',
    ],
    [
      'drone-json.log',
      'wefspy__BookingCinemaTickets/promtail-config.yml',
      'spring-boot-app',
      '210 lines in, 210 out',
    ],
    ['drone-json.log', 'DRYTRIX__TimeTracker/promtail-config.yml', 'timetracker', '210 out'],
    ['sshd-auth.log', '../../seeds/provisioning/promtail/promtail.yml', 'system', '1818 out'],
  ])('%s through %s', async (log, config, job, wanted) => {
    const { code, out, err } = await runCaptured(
      ...['logs', 'replay', path.join(shared, 'logs', log), '--job', job, '--dry-run'],
      ...['--config', path.join(configs, config), '--show', '1'],
    )
    expect(err.replace(/the job \w+ has no pipeline_stages\n/, '')).toBe('')
    expect(code).toBe(0)
    expect(out).toContain(wanted)
    expect(out).toContain('none dropped')
  })
})
