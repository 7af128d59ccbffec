import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { TlsSettings } from '../../outbound/tls-settings.ts'
import { startTls } from './open-connection.ts'
import type { ProbeReport } from './probe-report.ts'
import type { QueryResponse } from './query-response.ts'
import { expandTemplate } from './read-pattern.ts'
import { reportTls } from './report-tls.ts'
import { SocketReader } from './socket-reader.ts'

export interface Talk {
  readonly steps: readonly QueryResponse[]
  readonly settings: TlsSettings | undefined
  /** The name that a certificate must be for. */
  readonly serverName: string
  readonly report: ProbeReport
  readonly signal: AbortSignal
}

/** Holds a conversation step by step (blackbox_exporter, prober/query_response.go). Rejects when the connection fails. */
export async function talk(socket: Socket, options: Talk): Promise<boolean> {
  const { report, signal } = options
  if (socket instanceof TLSSocket) reportTls(socket, report)
  let current = socket
  let reader = new SocketReader(current, signal)
  try {
    for (const step of options.steps) {
      if (!(await takeStep(step, { reader, socket: current, report }))) return false
      if (!step.startTls) continue
      reader.release()
      const secure = await startTls(current, options)
      reportTls(secure, report)
      current = secure
      reader = new SocketReader(current, signal)
    }
    return true
  } finally {
    reader.release()
    current.destroy()
  }
}

interface Now {
  readonly reader: SocketReader
  readonly socket: Socket
  readonly report: ProbeReport
}

async function takeStep(step: QueryResponse, now: Now): Promise<boolean> {
  const { report, socket } = now
  let send = step.send
  if (step.expect !== undefined) {
    const groups = await awaitLine(step.expect.regex, now)
    report.set('probe_failed_due_to_regex', groups === undefined ? 1 : 0)
    if (groups === undefined) return report.fail(`no line matched ${step.expect.source}`)
    const { regex } = step.expect
    const fill = (template: string): string => expandTemplate(template, regex, groups)
    if (send !== undefined) send = Buffer.from(fill(Buffer.from(send).toString('utf8')), 'utf8')
    const labels = step.labels.flatMap(({ name, value }) => [name, fill(value)])
    if (labels.length > 0) report.set('probe_expect_info', 1, ...labels)
  }
  if (step.expectBytes !== undefined && !(await awaitBytes(step.expectBytes, now))) return false
  if (send !== undefined && send.length > 0) socket.write(Buffer.concat([send, NEWLINE]))
  return true
}

const NEWLINE = Buffer.from('\n')

async function awaitLine(
  regex: NonNullable<QueryResponse['expect']>['regex'],
  { reader }: Now,
): Promise<readonly string[] | undefined> {
  for (;;) {
    const line = await reader.line()
    if (line === undefined) return undefined
    const groups = regex.match(line)
    if (groups !== undefined) return groups
  }
}

async function awaitBytes(expected: Uint8Array, { reader, report }: Now): Promise<boolean> {
  const got = await reader.bytes(expected.length)
  if (got.length < expected.length)
    return report.fail(`${got.length} bytes came, ${expected.length} were expected`)
  const isEqual = Buffer.compare(got, expected) === 0
  report.set('probe_failed_due_to_bytes', isEqual ? 0 : 1)
  return isEqual ? true : report.fail('the bytes are not those that were expected')
}
