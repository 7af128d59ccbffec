import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { own, ownFolder } from './tools/owned.ts'
import { queryLines, type FoundLine } from './tools/query-lines.ts'
import { waitFor } from './tools/wait-for.ts'

const COLLECTOR = `
receivers:
  filelog/app:
    include: ['\${env:LOGS}/*.log', '\${env:LOGS}/deep/**/*.log']
    exclude: ['\${env:LOGS}/*.skip.log']
    start_at: beginning
    include_file_path: true
    resource: {service.name: shop}
    operators:
      - type: json_parser
        if: 'body startsWith "{"'
        timestamp: {parse_from: attributes.time, layout_type: epoch, layout: ms}
        severity: {parse_from: attributes.level}
      - {type: move, from: attributes.msg, to: body, if: 'attributes.msg != nil'}
      - {type: remove, field: attributes.time, if: 'attributes.time != nil'}
  filelog/late:
    include: ['\${env:LOGS}/late.txt']
    resource: {service.name: late}
processors:
  attributes/team: {actions: [{key: team, value: web, action: insert}]}
  filter/quiet: {logs: {log_record: ['severity_number < SEVERITY_NUMBER_INFO and severity_number > 0']}}
exporters:
  otlphttp/loki: {endpoint: 'http://loki:3100/otlp'}
service:
  pipelines:
    logs: {receivers: [filelog/app, filelog/late], processors: [filter/quiet, attributes/team], exporters: [otlphttp/loki]}
`

function jsonLine(level: string, msg: string, timeMs: number): string {
  return `${JSON.stringify({ level, msg, time: timeMs, user: 'ann' })}\n`
}

async function linesOf(server: Server, service: string, count: number): Promise<FoundLine[]> {
  return waitFor(`${count} lines of ${service}`, async () => {
    const lines = await queryLines(server, `{service_name="${service}"}`)
    if (lines.length < count) throw new Error(JSON.stringify(lines).slice(0, 500))
    return lines
  })
}

it('files that a collector follows become records of its pipeline, each once, also over a crash', async () => {
  const folder = ownFolder()
  const logs = path.join(folder, 'logs')
  const config = path.join(folder, 'config')
  for (const made of [path.join(logs, 'deep', 'er'), config]) mkdirSync(made, { recursive: true })
  writeFileSync(path.join(config, 'prometheus.yml'), 'scrape_configs: []\n')
  writeFileSync(path.join(config, 'otel.yaml'), COLLECTOR)
  const nowMs = Date.now()
  const file = path.join(logs, 'app.log')
  writeFileSync(
    file,
    jsonLine('error', 'order 7 failed', nowMs) + jsonLine('debug', 'quiet', nowMs),
  )
  writeFileSync(path.join(logs, 'deep', 'er', 'other.log'), 'plain text\n')
  writeFileSync(path.join(logs, 'no.skip.log'), 'not read\n')
  writeFileSync(path.join(logs, 'late.txt'), 'was there before\n')
  const options = {
    ...{ configPath: config, dataDir: path.join(folder, 'data') },
    ...{ listeners: ['loki'] as const, env: { LOGS: logs } },
  }
  const server = own(await startServer(options))
  const first = await linesOf(server, 'shop', 2)
  expect(first.map(({ line }) => line).sort()).toEqual(['order 7 failed', 'plain text'])
  const failed = first.find(({ line }) => line.startsWith('order'))
  expect(failed?.timestampNs).toBe(BigInt(nowMs) * 1_000_000n)
  expect(failed?.labels).toMatchObject({
    ...{ team: 'web', user: 'ann', severity_number: '17', severity_text: 'error' },
    ...{ log_file_name: 'app.log', log_file_path: file },
  })
  appendFileSync(path.join(logs, 'late.txt'), 'came later\n')
  expect((await linesOf(server, 'late', 1)).map(({ line }) => line)).toEqual(['came later'])
  await server.kill()
  renameSync(file, path.join(logs, 'app.log.1'))
  appendFileSync(path.join(logs, 'app.log.1'), jsonLine('info', 'before the rename', nowMs + 1))
  writeFileSync(file, jsonLine('info', 'after the rename', nowMs + 2))
  const again = own(await startServer(options))
  const all = await linesOf(again, 'shop', 4)
  expect(all.map(({ line }) => line).sort()).toEqual(
    ['order 7 failed', 'plain text', 'before the rename', 'after the rename'].sort(),
  )
}, 900_000)
