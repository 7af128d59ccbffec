import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { hasPrograms } from './tools/notice.ts'
import { ownFolder } from './tools/owned.ts'
import { ownProgram } from './tools/programs.ts'
import { queryLines, type FoundLine } from './tools/query-lines.ts'
import { waitFor } from './tools/wait-for.ts'

const hasRsyslog = hasPrograms('rsyslog', { rsyslogd: 'rsyslog', logger: 'bsdutils' })
const hasLogger = hasPrograms('logger', { logger: 'bsdutils' })

let server: Server
let port = ''

beforeAll(async () => {
  server = await startServer({ listeners: ['loki', 'syslog'] })
  port = new URL(server.url('syslog')).port
})
afterAll(async () => {
  await server.stop()
  await server.dispose()
})

function arrived(query: string, count: number): Promise<FoundLine[]> {
  return waitFor(`${count} lines of ${query}`, async () => {
    const lines = await queryLines(server, query)
    if (lines.length < count) throw new Error(`there are ${lines.length}`)
    return lines
  })
}

const textsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `line ${at} <b> "quoted" äöü`)

/** util-linux's `logger`, which sends each line of its input as a message. */
async function logLines(texts: readonly string[], args: readonly string[]): Promise<void> {
  const child = spawn('logger', args, { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin.end(`${texts.join('\n')}\n`)
  expect((await once(child, 'exit')).at(0)).toBe(0)
}

describe.runIf(hasRsyslog)('rsyslog', () => {
  for (const framing of ['octet-counted', 'traditional']) {
    it(`forwards RFC 5424 over TCP, ${framing}`, async () => {
      const folder = ownFolder()
      const socket = join(folder, 'log.sock')
      const config = join(folder, 'rsyslog.conf')
      writeFileSync(
        config,
        `global(workDirectory="${folder}")
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="${socket}")
action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" TCP_Framing="${framing}"
       template="RSYSLOG_SyslogProtocol23Format")
`,
      )
      const pidFile = join(folder, 'rsyslogd.pid')
      ownProgram('rsyslogd', ['-n', '-f', config, '-i', pidFile], folder)
      await waitFor('the socket of rsyslogd', () => existsSync(socket))
      const app = `app-${framing}`
      const texts = textsOf(300)
      await logLines(texts, ['--socket', socket, '-t', app, '-p', 'local3.warning'])
      const lines = await arrived(`{job="syslog", app="${app}"}`, texts.length)
      expect(lines.map(({ line }) => line.trim())).toEqual(texts)
      expect(lines[5]?.labels).toMatchObject({
        app,
        facility: 'local3',
        severity: 'warning',
        detected_level: 'warn',
      })
      expect(lines[5]?.labels['host']).not.toBe('')
    })
  }
})

describe.runIf(hasLogger)('logger', () => {
  const forms: readonly (readonly [string, number, readonly string[]])[] = [
    ['tcp-rfc5424', 300, ['--tcp', '--rfc5424']],
    ['tcp-counted', 300, ['--tcp', '--rfc5424', '--octet-count']],
    ['tcp-rfc3164', 300, ['--tcp', '--rfc3164']],
    ['udp-rfc5424', 20, ['--udp', '--rfc5424']],
    ['udp-rfc3164', 20, ['--udp', '--rfc3164']],
  ]
  for (const [tag, count, args] of forms) {
    it(`sends over ${tag}`, async () => {
      const texts = textsOf(count)
      const place = ['--server', '127.0.0.1', '--port', port, '-t', tag, '-p', 'auth.err']
      await logLines(texts, [...place, ...args])
      const lines = await arrived(`{job="syslog", app="${tag}"}`, count)
      expect(lines.map(({ line }) => line)).toEqual(texts)
      expect(lines[0]?.labels).toMatchObject({ facility: 'auth', severity: 'error' })
    })
  }
})
